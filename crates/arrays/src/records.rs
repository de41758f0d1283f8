//! Records of equal length that are appended to a file as they come: what was written before a kill is there after it.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use zip::ZipWriter;

use crate::error::Error;
use crate::npy;
use crate::npz::stored;
use crate::write::{staged, within_limit};

/// How such a file begins.
const MAGIC: &[u8; 8] = b"RECORDS1";
/// Magic and the number of doubles of a record.
const HEAD: usize = 16;
/// The same as a place in a file.
const START: u64 = HEAD as u64;

/// A file of records of as many doubles each.
///
/// The records are flushed by [`sync`](Self::sync); one that was cut off by a kill is dropped by [`open`](Self::open).
///
/// # Examples
/// ```
/// use arrays::records::Records;
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("run.records");
/// let mut records = Records::create(&path, 3)?;
/// records.append(&[0.0, 1.0, 2.0])?;
/// records.append(&[0.5, 3.0, 4.0])?;
/// drop(records);
/// let mut again = Records::open(&path, 3)?;
/// assert_eq!((again.count(), again.read(1)?), (2, vec![0.5, 3.0, 4.0]));
/// let bundle = folder.path().join("run.npz");
/// again.bundle(&bundle, &[("times", 0..1, &[]), ("points", 1..3, &[2])])?;
/// assert_eq!(arrays::read::array(folder.path().join("run.npz:points"))?.shape(), [2, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Records {
    path: PathBuf,
    file: BufWriter<File>,
    width: usize,
    count: u64,
}

impl Records {
    /// A new file, for records of `width` doubles.
    ///
    /// # Errors
    /// There is one already, or the file cannot be written.
    pub fn create(path: &Path, width: usize) -> Result<Self, Error> {
        let failed = |reason| failed(path, reason);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        let mut file = BufWriter::new(options.open(path).map_err(failed)?);
        let head = [&MAGIC[..], &(width as u64).to_le_bytes()].concat();
        file.write_all(&head).map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            width,
            count: 0,
        })
    }

    /// A file that is there, to go on after its last whole record.
    ///
    /// # Errors
    /// A file of something else or of records of another length, or one that cannot be read and written.
    pub fn open(path: &Path, width: usize) -> Result<Self, Error> {
        let failed = |reason| failed(path, reason);
        let mut options = OpenOptions::new();
        let mut file = options.read(true).write(true).open(path).map_err(failed)?;
        let mut head = [0; HEAD];
        let read = file.read_exact(&mut head);
        let expected = [&MAGIC[..], &(width as u64).to_le_bytes()].concat();
        if read.is_err() || head[..] != expected[..] {
            return Err(Error::Records {
                file: path.display().to_string(),
                width,
            });
        }
        let length = file.metadata().map_err(failed)?.len();
        let record = 8 * width.max(1) as u64;
        let count = (length - START) / record;
        let end = START + count * record;
        file.set_len(end).map_err(failed)?;
        file.seek(SeekFrom::Start(end)).map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            file: BufWriter::new(file),
            width,
            count,
        })
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Appends one.
    ///
    /// # Errors
    /// A record of another length, or what the system says.
    pub fn append(&mut self, record: &[f64]) -> Result<(), Error> {
        if record.len() != self.width {
            return Err(Error::Records {
                file: self.path.display().to_string(),
                width: record.len(),
            });
        }
        let bytes: Vec<u8> = record.iter().flat_map(|x| x.to_le_bytes()).collect();
        let end = START + (self.count + 1) * bytes.len() as u64;
        let written = within_limit(end).and_then(|()| self.file.write_all(&bytes));
        written.map_err(|reason| failed(&self.path, reason))?;
        self.count += 1;
        Ok(())
    }

    /// Waits until all records are on disk.
    ///
    /// # Errors
    /// What the system says.
    pub fn sync(&mut self) -> Result<(), Error> {
        let synced = self
            .file
            .flush()
            .and_then(|()| self.file.get_ref().sync_data());
        synced.map_err(|reason| failed(&self.path, reason))
    }

    /// The record of a number, counted from 0.
    ///
    /// # Errors
    /// There is none of this number, or what the system says.
    pub fn read(&mut self, index: u64) -> Result<Vec<f64>, Error> {
        let mut record = vec![0; 8 * self.width];
        let start = START + index * record.len() as u64;
        let read = self.file.flush().and_then(|()| {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(start))?;
            file.read_exact(&mut record)
        });
        read.map_err(|reason| failed(&self.path, reason))?;
        Ok(doubles(&record))
    }

    /// Writes a bundle with one array a column of the records: name, range of the numbers of a record, and their shape; the first
    /// axis is the number of the record. The memory it takes does not depend on how many there are.
    ///
    /// # Errors
    /// A range beyond the records, or what the system says.
    pub fn bundle(
        &mut self,
        to: &Path,
        columns: &[(&str, Range<usize>, &[usize])],
    ) -> Result<(), Error> {
        self.sync()?;
        let record = 8 * self.width;
        let size: u64 = columns
            .iter()
            .map(|c| 8 * c.1.len() as u64 * self.count + 512)
            .sum();
        let (from, count) = (self.path.clone(), self.count);
        let fill = |file: &mut File| -> io::Result<()> {
            let mut archive = ZipWriter::new(BufWriter::new(file));
            for (name, range, shape) in columns {
                let length = usize::try_from(count).unwrap_or(usize::MAX);
                let shape = [&[length][..], shape].concat();
                let numbers = 8 * range.len() as u64 * count;
                archive.start_file(format!("{name}.npy"), stored(numbers))?;
                archive.write_all(&npy::head("<f8", &shape))?;
                let mut records = BufReader::with_capacity(1 << 20, File::open(&from)?);
                records.seek(SeekFrom::Start(START))?;
                let mut bytes = vec![0; record];
                for _ in 0..count {
                    records.read_exact(&mut bytes)?;
                    archive.write_all(&bytes[8 * range.start..8 * range.end])?;
                }
            }
            archive.finish()?.flush()
        };
        staged(to, size, fill)
    }

    /// Removes the file.
    ///
    /// # Errors
    /// What the system says.
    pub fn remove(self) -> Result<(), Error> {
        std::fs::remove_file(&self.path).map_err(|reason| failed(&self.path, reason))
    }
}

fn doubles(bytes: &[u8]) -> Vec<f64> {
    let chunks = bytes.as_chunks().0.iter();
    chunks.map(|chunk| f64::from_le_bytes(*chunk)).collect()
}

fn failed(path: &Path, reason: io::Error) -> Error {
    Error::Write {
        file: path.display().to_string(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cut off anywhere, a file has the whole records before the cut and goes on after them.
    #[test]
    fn a_record_that_was_cut_off_is_dropped() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("records");
        let mut records = Records::create(&path, 2).expect("a file");
        for i in 0..5_u8 {
            records.append(&[f64::from(i), -1.0]).expect("appended");
        }
        assert!(records.append(&[1.0]).is_err());
        drop(records);
        let whole = std::fs::read(&path).expect("bytes");
        assert!(Records::create(&path, 2).is_err() && Records::open(&path, 3).is_err());
        for cut in 16..whole.len() {
            std::fs::write(&path, &whole[..cut]).expect("written");
            let mut records = Records::open(&path, 2).expect("a file");
            let count = (cut as u64 - 16) / 16;
            assert_eq!(records.count(), count);
            records.append(&[7.0, 8.0]).expect("appended");
            assert_eq!(records.read(count).expect("the last"), [7.0, 8.0]);
            if count > 0 {
                let last = records.read(count - 1).expect("a record");
                assert_eq!(last, [(count - 1) as f64, -1.0]);
            }
        }
        for bytes in [&b""[..], b"RECORDS1", &[0; 40]] {
            std::fs::write(&path, bytes).expect("written");
            assert!(Records::open(&path, 2).is_err());
        }
    }

    /// The bundle of a column equals the one of an array in memory.
    #[test]
    fn a_bundle_of_records_is_that_of_arrays() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut records = Records::create(&folder.path().join("r"), 5).expect("a file");
        let all: Vec<Vec<f64>> = (0..7)
            .map(|i| (0..5).map(|j| f64::from(10 * i + j)).collect())
            .collect();
        for record in &all {
            records.append(record).expect("appended");
        }
        let path = folder.path().join("b.npz");
        records
            .bundle(&path, &[("t", 0..1, &[]), ("w", 1..5, &[2, 2])])
            .expect("written");
        let array = |shape: Vec<usize>, range: Range<usize>| {
            let numbers = all.iter().flat_map(|record| record[range.clone()].to_vec());
            crate::Array::new(shape, numbers.collect()).expect("a shape")
        };
        let arrays = [
            ("t", array(vec![7], 0..1)),
            ("w", array(vec![7, 2, 2], 1..5)),
        ];
        let expected = crate::npz::encode("b.npz", &arrays).expect("a bundle");
        assert_eq!(std::fs::read(&path).expect("bytes"), expected);
        records.remove().expect("removed");
        assert!(!folder.path().join("r").exists());
    }
}
