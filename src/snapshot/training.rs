//! What is in a snapshot compiled: the functions that a small program calls which does what programs do as they start
//! (`js/bootstrap/training.js`).
//!
//! It runs in a process of its own, with a cache folder of its own, before the snapshot is made; the code cache it leaves
//! there is what the making process compiles built-ins from, and that has the functions that were called. Should it
//! fail, the snapshot is made all the same, of code that will be compiled when it is called.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cli::Cli;
use crate::{builtins, cache_folder};

/// A module that the program imports, and has a pool run.
const TASK_MODULE: &str = "import { sep } from 'node:path';\n\
    import { settings } from './settings.mjs';\n\
    export const named = (value) => value + settings.length;\n\
    export default async (value) => [value, sep];\n";

/// What that imports.
const SETTINGS_MODULE: &str = "export const settings = 'settings';\n";

/// The folder of a training, removed when dropped.
pub(super) struct Training(PathBuf);

impl Training {
    /// Runs the program, and has this process read what it left.
    pub(super) fn run(folder: &Path, cli: &Cli) -> std::io::Result<Self> {
        let training = Self(std::path::absolute(folder)?.join(format!("training-{}", std::process::id())));
        std::fs::create_dir_all(&training.0)?;
        std::fs::write(training.0.join("training.js"), builtins::text("bootstrap/training").unwrap_or_default())?;
        // The entry is an ES module, so that loading those is learnt too; and `import()` of one, in every kind of isolate.
        let script = "main.mjs";
        std::fs::write(training.0.join(script), "import './training.js';\n")?;
        std::fs::write(training.0.join("task.mjs"), TASK_MODULE)?;
        std::fs::write(training.0.join("settings.mjs"), SETTINGS_MODULE)?;
        let status = Command::new(std::env::current_exe()?)
            .arg("--no-node-snapshot")
            .args(&cli.v8_flags)
            .arg(script)
            // Most programs are named by a path that is relative.
            .current_dir(&training.0)
            .env("WEFT_CACHE_DIR", &training.0)
            .env_remove("NODE_OPTIONS")
            .env_remove("WEFT_OPTIONS")
            .env_remove("WEFT_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        if !status.success() {
            return Err(std::io::Error::other(format!("the training program ended with {status}")));
        }
        cache_folder::use_instead(&training.0);
        Ok(training)
    }
}

impl Drop for Training {
    fn drop(&mut self) {
        // What is left of it is removed with the next prune.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
