'use strict';
// v8.queryObjects(): what objects there are with a prototype in their chain.
// https://nodejs.org/api/v8.html#v8queryobjectsctor-options

const { OwnSession } = require('internal/inspector_session');
const { validateFunction, validateObject } = require('internal/validators');

// Where the inspector, which knows only what a program can name, finds the prototype and leaves the objects.
const kExchange = Symbol('weft.queryObjects');
const EXCHANGE = 'globalThis[Object.getOwnPropertySymbols(globalThis)' +
  '.find((symbol) => symbol.description === "weft.queryObjects")]';

// Gives an array of all objects whose prototype chain holds `prototype`; V8 collects garbage first.
function objectsBelow(prototype) {
  const exchange = { prototype, objects: undefined };
  Object.defineProperty(globalThis, kExchange, { __proto__: null, value: exchange, configurable: true });
  const session = new OwnSession();
  try {
    const { result: { objectId } } = session.call('Runtime.evaluate', { expression: `${EXCHANGE}.prototype` });
    const { objects } = session.call('Runtime.queryObjects', { prototypeObjectId: objectId });
    session.call('Runtime.callFunctionOn', {
      objectId: objects.objectId, functionDeclaration: `function() { ${EXCHANGE}.objects = this; }`,
    });
    return exchange.objects;
  } finally {
    session.close();
    delete globalThis[kExchange];
  }
}

function queryObjects(ctor, options = {}) {
  require('internal/util').emitExperimentalWarning('v8.queryObjects()');
  validateFunction(ctor, 'constructor');
  validateObject(options, 'options');
  const { format = 'count' } = options;
  if (format !== 'count' && format !== 'summary') {
    const { codes: { ERR_INVALID_ARG_VALUE } } = require('internal/errors');
    throw new ERR_INVALID_ARG_VALUE('options.format', format);
  }
  const { prototype } = ctor;
  // What is no constructor has no objects.
  const objects = typeof prototype === 'object' && prototype !== null ? objectsBelow(prototype) : [];
  if (format === 'count') return objects.length;
  const { inspect } = require('internal/util/inspect');
  return objects.map((object) => inspect(object, { depth: 0 }));
}

module.exports = { queryObjects };
