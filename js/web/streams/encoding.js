'use strict';

// TextEncoderStream and TextDecoderStream (Encoding, sections 7.5 and 7.6).

const {
  customInspect,
  inspectAs,
  kState,
  makeEnumerable,
  wrongThis,
} = require('web/streams/common');
const { TransformStream } = require('web/streams/transform');

class EncoderState {
  constructor(stream) {
    this.stream = stream;
    // The first half of a pair whose second half is still to come.
    this.highSurrogate = '';
    const encoder = new TextEncoder();
    this.pair = new TransformStream({
      transform: (chunk, controller) => {
        const text = this.highSurrogate + `${chunk}`;
        if (text === '') return;
        const last = text.charCodeAt(text.length - 1);
        if (last >= 0xd800 && last <= 0xdbff) {
          this.highSurrogate = text[text.length - 1];
          if (text.length > 1) controller.enqueue(encoder.encode(text.slice(0, -1)));
        } else {
          this.highSurrogate = '';
          controller.enqueue(encoder.encode(text));
        }
      },
      flush: (controller) => {
        // Alone it becomes U+FFFD.
        if (this.highSurrogate !== '') {
          controller.enqueue(encoder.encode(this.highSurrogate));
        }
      },
    });
  }
}

class TextEncoderStream {
  constructor() {
    this[kState] = new EncoderState(this);
  }

  get encoding() {
    encoderState(this);
    return 'utf-8';
  }

  get readable() {
    return encoderState(this).pair.readable;
  }

  get writable() {
    return encoderState(this).pair.writable;
  }

  [customInspect](depth, options, inspect) {
    encoderState(this);
    return inspectAs(this, depth, options, inspect, {
      encoding: this.encoding,
      readable: this.readable,
      writable: this.writable,
    });
  }
}
makeEnumerable(TextEncoderStream, ['encoding', 'readable', 'writable']);

function encoderState(stream) {
  const s = stream?.[kState];
  if (!(s instanceof EncoderState)) throw wrongThis('TextEncoderStream');
  return s;
}

class DecoderState {
  constructor(encoding, options) {
    const decoder = this.decoder = new TextDecoder(encoding, options);
    this.pair = new TransformStream({
      transform(chunk, controller) {
        // decode() takes that for no bytes at all; a chunk has to be some.
        if (chunk === undefined) {
          const { codes: { ERR_INVALID_ARG_TYPE } } = require('internal/errors');
          throw new ERR_INVALID_ARG_TYPE('chunk', ['ArrayBuffer', 'ArrayBufferView'], chunk);
        }
        const text = decoder.decode(chunk, { stream: true });
        if (text !== '') controller.enqueue(text);
      },
      flush(controller) {
        const text = decoder.decode();
        if (text !== '') controller.enqueue(text);
      },
    });
  }
}

class TextDecoderStream {
  constructor(encoding = 'utf-8', options = undefined) {
    this[kState] = new DecoderState(encoding, options ?? {});
  }

  get encoding() {
    return decoderState(this).decoder.encoding;
  }

  get fatal() {
    return decoderState(this).decoder.fatal;
  }

  get ignoreBOM() {
    return decoderState(this).decoder.ignoreBOM;
  }

  get readable() {
    return decoderState(this).pair.readable;
  }

  get writable() {
    return decoderState(this).pair.writable;
  }

  [customInspect](depth, options, inspect) {
    decoderState(this);
    return inspectAs(this, depth, options, inspect, {
      encoding: this.encoding,
      fatal: this.fatal,
      ignoreBOM: this.ignoreBOM,
      readable: this.readable,
      writable: this.writable,
    });
  }
}
makeEnumerable(TextDecoderStream, [
  'encoding', 'fatal', 'ignoreBOM', 'readable', 'writable',
]);

function decoderState(stream) {
  const s = stream?.[kState];
  if (!(s instanceof DecoderState)) throw wrongThis('TextDecoderStream');
  return s;
}

module.exports = { TextDecoderStream, TextEncoderStream };
