//! Formats that are not read: their names, and how Python converts them.

use std::path::Path;

use crate::error::Error;

/// How a format begins, its name, and the Python that converts the file `@` into one that is read.
type Known = (&'static [u8], &'static str, &'static str);

const TORCH: &str = "import torch, numpy; numpy.savez('W.npz', **{k: v.detach().double().numpy() for k, v in \
                     torch.load('@', map_location='cpu', weights_only=True).items()})";
const PICKLE: &str = "import pickle, numpy; numpy.save('W.npy', numpy.asarray(pickle.load(open('@', 'rb')), dtype=float))";
const HDF: &str = "import h5py, numpy; numpy.save('W.npy', h5py.File('@')['NAME'][:])";
const MATLAB: &str = "import scipy.io, numpy; numpy.save('W.npy', scipy.io.loadmat('@')['NAME'])";
const MATLAB_HDF: &str = "import h5py, numpy; numpy.save('W.npy', h5py.File('@')['NAME'][:].T)";
const PARQUET: &str =
    "import pandas, numpy; numpy.save('W.npy', pandas.read_parquet('@').to_numpy(float))";
const ARROW: &str =
    "import pandas, numpy; numpy.save('W.npy', pandas.read_feather('@').to_numpy(float))";
const EXCEL: &str = "import pandas, numpy; numpy.save('W.npy', pandas.read_excel('@', header=None).to_numpy(float))";
const GZIP: &str = "import gzip, shutil; shutil.copyfileobj(gzip.open('@'), open('W', 'wb'))";
const UTF_16: &str = "open('W.csv', 'w').write(open('@', encoding='utf-16').read())";

const KNOWN: &[Known] = &[
    (b"MATLAB 7.3 MAT-file", "a MATLAB 7.3 file", MATLAB_HDF),
    (b"MATLAB", "a MATLAB file", MATLAB),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", HDF),
    // The magic number of torch.save before version 1.6, pickled.
    (
        b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.",
        "a PyTorch file",
        TORCH,
    ),
    (b"\x80\x02", "a pickled Python object", PICKLE),
    (b"\x80\x03", "a pickled Python object", PICKLE),
    (b"\x80\x04", "a pickled Python object", PICKLE),
    (b"\x80\x05", "a pickled Python object", PICKLE),
    (b"PAR1", "a Parquet file", PARQUET),
    (b"ARROW1", "an Arrow file", ARROW),
    (b"\x1f\x8b", "a gzip file", GZIP),
    (b"\xff\xfe", "text in UTF-16", UTF_16),
    (b"\xfe\xff", "text in UTF-16", UTF_16),
];

/// What a name promises where the first bytes say nothing: older formats begin with numbers, and the oldest pickles with text.
const ENDINGS: &[(&str, &str, &str)] = &[
    ("mat", "a MATLAB file", MATLAB),
    ("h5", "an HDF5 file", HDF),
    ("hdf5", "an HDF5 file", HDF),
    ("pt", "a PyTorch file", TORCH),
    ("pth", "a PyTorch file", TORCH),
    ("pkl", "a pickled Python object", PICKLE),
    ("pickle", "a pickled Python object", PICKLE),
];

/// Refuses by its ending a file that is no text, and a pickled object also where it is.
///
/// # Errors
/// As [`refuse`].
pub(crate) fn refuse_by_ending(file: &str, bytes: &[u8]) -> Result<(), Error> {
    let ending = Path::new(file)
        .extension()
        .and_then(|ending| ending.to_str());
    let ending = ending.unwrap_or_default().to_ascii_lowercase();
    match ENDINGS.iter().find(|known| known.0 == ending) {
        Some((_, format, python)) if *python == PICKLE || bytes.contains(&0) => {
            Err(error(file, format, python))
        }
        _ => Ok(()),
    }
}

/// Refuses by name what begins like a format that is not read.
///
/// # Errors
/// Its name, and one line of Python that converts it.
pub(crate) fn refuse(file: &str, bytes: &[u8]) -> Result<(), Error> {
    match KNOWN.iter().find(|known| bytes.starts_with(known.0)) {
        Some((_, format, python)) => Err(error(file, format, python)),
        None => Ok(()),
    }
}

/// Refuses an archive that other programs than NumPy write, known by the names in it.
///
/// # Errors
/// As [`refuse`].
pub(crate) fn refuse_archive<'a>(
    file: &str,
    mut names: impl Iterator<Item = &'a str>,
) -> Result<(), Error> {
    let known = |name: &str| {
        if Path::new(name).file_name().is_some_and(|n| n == "data.pkl") {
            Some(("a PyTorch file", TORCH))
        } else if name.starts_with("xl/") {
            Some(("an Excel file", EXCEL))
        } else {
            None
        }
    };
    match names.find_map(known) {
        Some((format, python)) => Err(error(file, format, python)),
        None => Ok(()),
    }
}

/// The refusal of an array of pickled objects.
pub(crate) fn objects(file: &str) -> Error {
    const OBJECTS: &str =
        "import numpy; numpy.save('W.npy', numpy.load('@', allow_pickle=True).astype(float))";
    error(file, "an array of pickled Python objects", OBJECTS)
}

fn error(file: &str, format: &'static str, python: &str) -> Error {
    let escaped = file.replace('\\', "\\\\").replace('\'', "\\'");
    Error::Foreign {
        file: file.to_owned(),
        format,
        python: python.replace('@', &escaped),
    }
}
