'use strict';
// Watches single files and whole folders, and tells once for changes that come together.

const path = require('path');
const { EventEmitter } = require('events');

// Editors write a file in several steps; they are one change.
const QUIET = 200;

class FilesWatcher extends EventEmitter {
  constructor() {
    super();
    // Folder -> { watcher, files (undefined for everything in it) }.
    this.folders = new Map();
    // What changed since the last telling: path -> who asked for it.
    this.changed = new Set();
    this.timer = undefined;
  }

  // A file is watched through its folder: many editors replace files, which ends a watch of the file itself.
  watchFile(file) {
    const folder = path.dirname(file);
    const known = this.folders.get(folder);
    if (known !== undefined) {
      known.files?.add(file);
      return;
    }
    this.#watch(folder, false, new Set([file]));
  }

  watchPath(target) {
    const { statSync } = require('fs');
    const absolute = path.resolve(target);
    if (statSync(absolute).isDirectory()) this.#watch(absolute, true, undefined);
    else this.watchFile(absolute);
  }

  #watch(folder, recursive, files) {
    let watcher;
    try {
      watcher = require('fs').watch(folder, { recursive });
    } catch (error) {
      if (error.code === 'ENOENT') return;
      throw error;
    }
    this.folders.get(folder)?.watcher.close();
    this.folders.set(folder, { watcher, files });
    watcher.on('change', (type, name) => {
      const file = name === null ? folder : path.join(folder, `${name}`);
      if (files !== undefined && !files.has(file)) return;
      this.changed.add(file);
      clearTimeout(this.timer);
      this.timer = setTimeout(() => {
        const { changed } = this;
        this.changed = new Set();
        this.emit('changed', changed);
      }, QUIET);
    });
    watcher.on('error', () => {});
  }

  // Forgets single files, as before a restart, which loads others; folders that were asked for stay.
  forgetFiles() {
    for (const [folder, { files, watcher }] of this.folders) {
      if (files === undefined) continue;
      watcher.close();
      this.folders.delete(folder);
    }
  }

  close() {
    clearTimeout(this.timer);
    for (const { watcher } of this.folders.values()) watcher.close();
    this.folders.clear();
  }
}

module.exports = { FilesWatcher };
