use std::ffi::OsStr;
use std::path::Path;

use anyhow::Result;
use relu_lab::files::write::{self, Endings};

use super::misuse;

/// What a command reads and writes.
#[derive(Debug, Default)]
pub(crate) struct Files<'a> {
    inputs: Vec<&'a OsStr>,
    outputs: Vec<(&'a Path, Option<Endings>)>,
    folders: Vec<&'a Path>,
}

impl<'a> Files<'a> {
    /// None at all.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// Sources that are read.
    pub(crate) fn read<S: AsRef<OsStr> + 'a + ?Sized>(
        mut self,
        sources: impl IntoIterator<Item = &'a S>,
    ) -> Self {
        self.inputs.extend(sources.into_iter().map(AsRef::as_ref));
        self
    }

    /// A file that is written, if it is asked for; without endings any name will do.
    pub(crate) fn write(
        mut self,
        path: Option<&'a (impl AsRef<Path> + ?Sized)>,
        endings: Option<Endings>,
    ) -> Self {
        self.outputs
            .extend(path.map(|path| (path.as_ref(), endings)));
        self
    }

    /// A folder that is filled.
    pub(crate) fn fill(mut self, folder: &'a Path) -> Self {
        self.folders.push(folder);
        self
    }

    /// Refuses before any work what would be lost or could not be written after it.
    pub(crate) fn check(&self) -> Result<()> {
        if self.inputs.iter().filter(|source| **source == "-").count() > 1 {
            return Err(misuse(
                "`-` is given for two files, and standard input can be read once",
            ));
        }
        for (path, endings) in &self.outputs {
            write::expect(path, *endings)?;
        }
        let written = self.outputs.iter().map(|(path, _)| *path);
        let all: Vec<&Path> = written.chain(self.folders.iter().copied()).collect();
        Ok(write::apart(self.inputs.iter().copied(), &all)?)
    }
}
