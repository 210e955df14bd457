'use strict';

// How messages of an IPC channel are written: 'json', a line of JSON each; 'advanced', structured clone in V8's
// format behind its length in four bytes, most significant first. Both as Node writes them, so that the process on the
// other side may be Node.

// A decoder is given bytes as they come and returns the messages that are complete.

class JsonDecoder {
  #decoder = new (require('string_decoder').StringDecoder)('utf8');
  #rest = '';

  decode(bytes) {
    const text = this.#decoder.write(bytes);
    const messages = [];
    // Only what is new can hold the end of the line begun before.
    let start = 0;
    let end = text.indexOf('\n');
    while (end !== -1) {
      const line = this.#rest + text.slice(start, end);
      this.#rest = '';
      messages.push(JSON.parse(line));
      start = end + 1;
      end = text.indexOf('\n', start);
    }
    this.#rest += text.slice(start);
    return messages;
  }

  get isPartial() {
    return this.#rest !== '';
  }
}

class AdvancedDecoder {
  // Chunks are joined only once a message is complete: a large one comes in hundreds of them.
  #chunks = [];
  #length = 0;

  #peekSize() {
    if (this.#length < 4) return undefined;
    if (this.#chunks[0].length < 4) this.#join();
    return 4 + this.#chunks[0].readUInt32BE(0);
  }

  #join() {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks, this.#length)];
  }

  decode(bytes) {
    this.#chunks.push(bytes);
    this.#length += bytes.length;
    const { deserialize } = internalBinding('ipc_serdes');
    const messages = [];
    for (let size = this.#peekSize(); size !== undefined && size <= this.#length; size = this.#peekSize()) {
      this.#join();
      const whole = this.#chunks[0];
      messages.push(deserialize(whole.subarray(4, size), Buffer.prototype));
      this.#length -= size;
      this.#chunks = this.#length === 0 ? [] : [whole.subarray(size)];
    }
    return messages;
  }

  get isPartial() {
    return this.#length > 0;
  }
}

const json = {
  Decoder: JsonDecoder,
  encode(message) {
    return Buffer.from(`${JSON.stringify(message)}\n`);
  },
};

const advanced = {
  Decoder: AdvancedDecoder,
  encode(message) {
    const body = internalBinding('ipc_serdes').serialize(message, Buffer.prototype);
    const whole = Buffer.allocUnsafe(4 + body.length);
    whole.writeUInt32BE(body.length, 0);
    whole.set(body, 4);
    return whole;
  },
};

module.exports = { advanced, json };
