'use strict';

// DOMException, after WebIDL (section 2.8). A real Error object with the
// prototype DOMException.prototype, whose name, message and code are getters
// over what is stamped on the object.

// Names that have a number, as [name, constant]; the number is the position.
// An entry without a name is a constant that is there for history only.
const legacy = [
  ['IndexSizeError', 'INDEX_SIZE_ERR'],
  [null, 'DOMSTRING_SIZE_ERR'],
  ['HierarchyRequestError', 'HIERARCHY_REQUEST_ERR'],
  ['WrongDocumentError', 'WRONG_DOCUMENT_ERR'],
  ['InvalidCharacterError', 'INVALID_CHARACTER_ERR'],
  [null, 'NO_DATA_ALLOWED_ERR'],
  ['NoModificationAllowedError', 'NO_MODIFICATION_ALLOWED_ERR'],
  ['NotFoundError', 'NOT_FOUND_ERR'],
  ['NotSupportedError', 'NOT_SUPPORTED_ERR'],
  ['InUseAttributeError', 'INUSE_ATTRIBUTE_ERR'],
  ['InvalidStateError', 'INVALID_STATE_ERR'],
  ['SyntaxError', 'SYNTAX_ERR'],
  ['InvalidModificationError', 'INVALID_MODIFICATION_ERR'],
  ['NamespaceError', 'NAMESPACE_ERR'],
  ['InvalidAccessError', 'INVALID_ACCESS_ERR'],
  [null, 'VALIDATION_ERR'],
  ['TypeMismatchError', 'TYPE_MISMATCH_ERR'],
  ['SecurityError', 'SECURITY_ERR'],
  ['NetworkError', 'NETWORK_ERR'],
  ['AbortError', 'ABORT_ERR'],
  ['URLMismatchError', 'URL_MISMATCH_ERR'],
  ['QuotaExceededError', 'QUOTA_EXCEEDED_ERR'],
  ['TimeoutError', 'TIMEOUT_ERR'],
  ['InvalidNodeTypeError', 'INVALID_NODE_TYPE_ERR'],
  ['DataCloneError', 'DATA_CLONE_ERR'],
];

// Puts private fields on an object made elsewhere: a derived class stamps
// whatever its base constructor returns.
class Given {
  constructor(object) {
    return object;
  }
}

let nameOf;
let messageOf;
let isDOMException;

class Stamp extends Given {
  #name;
  #message;

  constructor(error, name, message) {
    super(error);
    this.#name = name;
    this.#message = message;
  }

  static {
    const check = (error) => {
      if (typeof error === 'object' && error !== null && #name in error) return;
      const failure = new TypeError('Value of "this" must be of DOMException');
      failure.code = 'ERR_INVALID_THIS';
      throw failure;
    };
    nameOf = (error) => {
      check(error);
      return error.#name;
    };
    messageOf = (error) => {
      check(error);
      return error.#message;
    };
    isDOMException = (error) => typeof error === 'object' && error !== null && #name in error;
  }
}

class DOMException {
  // `options` is a name, or { name, cause }.
  constructor(message = '', options = 'Error') {
    message = `${message}`;
    // V8 takes the text of the stack from what the constructor is given; the
    // message itself is to be found on the prototype alone.
    const error = Reflect.construct(Error, [message], new.target);
    delete error.message;
    let name;
    if (options !== null && typeof options === 'object') {
      name = options.name === undefined ? 'Error' : options.name;
      if ('cause' in options) {
        Object.defineProperty(error, 'cause', {
          __proto__: null, value: options.cause, configurable: true, writable: true, enumerable: false,
        });
      }
    } else {
      name = options;
    }
    return new Stamp(error, `${name}`, message);
  }

  get name() {
    return nameOf(this);
  }

  get message() {
    return messageOf(this);
  }

  get code() {
    const name = nameOf(this);
    for (let i = 0; i < legacy.length; i++) {
      if (legacy[i][0] === name) return i + 1;
    }
    return 0;
  }
}

Object.setPrototypeOf(DOMException.prototype, Error.prototype);
for (const name of ['name', 'message', 'code']) {
  Object.defineProperty(DOMException.prototype, name, { __proto__: null, enumerable: true });
}
Object.defineProperty(DOMException.prototype, Symbol.toStringTag, {
  __proto__: null, value: 'DOMException', writable: false, enumerable: false, configurable: true,
});
for (let i = 0; i < legacy.length; i++) {
  const constant = { __proto__: null, value: i + 1, enumerable: true };
  Object.defineProperty(DOMException, legacy[i][1], constant);
  Object.defineProperty(DOMException.prototype, legacy[i][1], constant);
}

// Structured clone keeps name, message and stack, in this realm's class.
const { kClone, kDeserialize, markTransferMode } = require('internal/worker/js_transferable');
markTransferMode(DOMException.prototype, true, false);
Object.defineProperty(DOMException.prototype, kClone, {
  __proto__: null,
  value() {
    return {
      data: { message: this.message, name: this.name, stack: this.stack },
      deserializeInfo: 'web/dom_exception:DOMException',
    };
  },
});
Object.defineProperty(DOMException, kDeserialize, {
  __proto__: null,
  value({ message, name, stack }) {
    const error = new DOMException(message, name);
    Object.defineProperty(error, 'stack', { __proto__: null, value: stack, configurable: true, writable: true });
    return error;
  },
});

module.exports = { DOMException, isDOMException };
