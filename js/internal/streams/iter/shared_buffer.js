'use strict';

// A buffer that several readers go through, each at its own pace: what all have read is let go. New readers begin at
// the oldest entry that is still there.

class SharedBuffer {
  bytes = 0;
  #entries = [];
  // The number of the oldest entry, counted from the first there ever was.
  #base = 0;
  #cursors = new Set();
  // How many cursors hold the oldest entry.
  #holding = 0;

  get readers() {
    return this.#cursors.size;
  }

  attach() {
    const cursor = { at: this.#base };
    this.#cursors.add(cursor);
    this.#holding++;
    return cursor;
  }

  detach(cursor) {
    if (this.#cursors.delete(cursor) && cursor.at === this.#base) this.#release();
  }

  detachAll() {
    this.#cursors.clear();
    this.#holding = 0;
  }

  has(cursor) {
    return cursor.at < this.#base + this.#entries.length;
  }

  take(cursor) {
    const { chunks } = this.#entries[cursor.at - this.#base];
    const held = cursor.at === this.#base;
    cursor.at++;
    if (held) this.#release();
    return chunks;
  }

  append(chunks, size) {
    this.#entries.push({ chunks, size });
    this.bytes += size;
  }

  // Lets the oldest entry go, read or not.
  evict() {
    if (this.#entries.length === 0) return false;
    this.#drop(1);
    return true;
  }

  clear() {
    this.#drop(this.#entries.length);
  }

  // One reader less holds the oldest entry. Where there are no readers, what is there waits for the next one.
  #release() {
    if (--this.#holding > 0 || this.#cursors.size === 0) return;
    let least = Infinity;
    for (const { at } of this.#cursors) if (at < least) least = at;
    this.#drop(least - this.#base);
  }

  #drop(count) {
    for (const { size } of this.#entries.splice(0, count)) this.bytes -= size;
    this.#base += count;
    this.#holding = 0;
    for (const cursor of this.#cursors) {
      if (cursor.at < this.#base) cursor.at = this.#base;
      if (cursor.at === this.#base) this.#holding++;
    }
  }
}

module.exports = { SharedBuffer };
