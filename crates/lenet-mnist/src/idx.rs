//! The IDX format: a magic number, the lengths of the axes, and bytes.

use std::io::Read;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use flate2::read::MultiGzDecoder;

/// The most bytes of one file after decompression.
const LIMIT: u64 = 1 << 30;
/// Unsigned bytes on three axes.
const IMAGES: u32 = 0x0000_0803;
/// Unsigned bytes on one axis.
const LABELS: u32 = 0x0000_0801;
/// Labels are the digits 0, …, 9.
pub const CLASSES: usize = 10;

/// Grey images of one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Images {
    /// How many there are.
    pub count: usize,
    /// The height in pixels.
    pub rows: usize,
    /// The width in pixels.
    pub columns: usize,
    /// `count` × `rows` × `columns` brightnesses, the last axis fastest.
    pub pixels: Vec<u8>,
}

impl Images {
    /// The pixels of image `index`, row by row.
    ///
    /// # Panics
    /// If there is no such image.
    pub fn image(&self, index: usize) -> &[u8] {
        let size = self.rows * self.columns;
        &self.pixels[index * size..(index + 1) * size]
    }
}

/// The bytes of a file, decompressed if they are a gzip stream.
///
/// # Errors
/// The file cannot be read, its stream is damaged, or it holds more than 2³⁰ bytes.
pub fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    let raw = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    if !raw.starts_with(&[0x1f, 0x8b]) {
        return Ok(raw);
    }
    let mut bytes = Vec::new();
    MultiGzDecoder::new(raw.as_slice())
        .take(LIMIT + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("{} is a damaged gzip file", path.display()))?;
    ensure!(
        bytes.len() as u64 <= LIMIT,
        "{} holds more than {LIMIT} bytes",
        path.display()
    );
    Ok(bytes)
}

/// The images of an IDX file.
///
/// # Errors
/// A sentence that says what is wrong: another magic number, an axis of length 0, bytes missing or left over.
pub fn images(bytes: &[u8]) -> anyhow::Result<Images> {
    let (axes, pixels) = split::<3>(bytes, IMAGES, "images")?;
    let [count, rows, columns] = axes;
    Ok(Images {
        count,
        rows,
        columns,
        pixels: pixels.to_vec(),
    })
}

/// The labels of an IDX file.
///
/// # Errors
/// As [`images`], and for a label above 9.
pub fn labels(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let (_, labels) = split::<1>(bytes, LABELS, "labels")?;
    if let Some(place) = labels
        .iter()
        .position(|label| usize::from(*label) >= CLASSES)
    {
        bail!(
            "label {place} is {}; digits are 0 to {}",
            labels[place],
            CLASSES - 1
        );
    }
    Ok(labels.to_vec())
}

/// The lengths of the axes and the data behind them.
fn split<'a, const AXES: usize>(
    bytes: &'a [u8],
    magic: u32,
    what: &str,
) -> anyhow::Result<([usize; AXES], &'a [u8])> {
    let (words, _) = bytes.as_chunks::<4>();
    let mut words = words.iter().map(|word| u32::from_be_bytes(*word));
    let found = words.next();
    ensure!(
        found == Some(magic),
        "no IDX file of {what}: it begins with {}, not with {magic:#010x}",
        found.map_or_else(
            || format!("{} bytes", bytes.len()),
            |found| format!("{found:#010x}")
        )
    );
    let mut axes = [0_usize; AXES];
    for axis in &mut axes {
        let Some(length) = words.next() else {
            bail!(
                "the header of the {what} is cut off after {} bytes",
                bytes.len()
            );
        };
        ensure!(length > 0, "an axis of the {what} has length 0");
        *axis = usize::try_from(length)?;
    }
    let data = &bytes[4 * (AXES + 1)..];
    let promised = axes
        .iter()
        .try_fold(1_usize, |product, length| product.checked_mul(*length));
    ensure!(
        promised == Some(data.len()),
        "the header of the {what} promises {} bytes, {} follow",
        axes.map(|length| length.to_string()).join(" × "),
        data.len()
    );
    Ok((axes, data))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    fn with(mut bytes: Vec<u8>, data: &[u8]) -> Vec<u8> {
        bytes.extend_from_slice(data);
        bytes
    }

    #[test]
    fn two_images_are_read() {
        let file = with(header(&[0x803, 2, 1, 3]), &[1, 2, 3, 4, 5, 255]);
        let images = images(&file).expect("two images");
        assert_eq!((images.count, images.rows, images.columns), (2, 1, 3));
        assert_eq!(images.image(1), [4, 5, 255]);
    }

    #[test]
    fn labels_are_digits() {
        assert_eq!(
            labels(&with(header(&[0x801, 3]), &[0, 9, 5])).expect("labels"),
            [0, 9, 5]
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        let cases: [(Vec<u8>, &str); 7] = [
            (Vec::new(), "begins with 0 bytes"),
            (
                header(&[0x801, 1, 1, 1]),
                "begins with 0x00000801, not with 0x00000803",
            ),
            (header(&[0x803, 1, 28]), "cut off after 12 bytes"),
            (header(&[0x803, 0, 28, 28]), "length 0"),
            (
                with(header(&[0x803, 1, 2, 2]), &[0; 3]),
                "promises 1 × 2 × 2 bytes, 3 follow",
            ),
            (
                with(header(&[0x803, 1, 2, 2]), &[0; 5]),
                "promises 1 × 2 × 2 bytes, 5 follow",
            ),
            (header(&[0x803, u32::MAX, u32::MAX, u32::MAX]), "0 follow"),
        ];
        for (file, words) in cases {
            let reason = images(&file).expect_err(words).to_string();
            assert!(reason.contains(words), "{words}: {reason}");
        }
        let reason = labels(&with(header(&[0x801, 2]), &[3, 10])).expect_err("no digit");
        assert_eq!(reason.to_string(), "label 1 is 10; digits are 0 to 9");
    }

    #[test]
    fn a_gzip_file_is_the_raw_file() {
        use std::io::Write as _;
        let folder = tempfile::tempdir().expect("a folder");
        let raw = with(header(&[0x801, 4]), &[1, 2, 3, 4]);
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(&raw).expect("in memory");
        let packed = encoder.finish().expect("in memory");
        let path = folder.path().join("labels.gz");
        std::fs::write(&path, &packed).expect("written");
        assert_eq!(bytes(&path).expect("unpacked"), raw);
        std::fs::write(&path, &packed[..packed.len() - 6]).expect("written");
        let reason = bytes(&path).expect_err("cut off").to_string();
        assert!(reason.contains("damaged gzip file"), "{reason}");
    }
}
