'use strict';
// What async iterators inherit: [Symbol.asyncIterator] and, where V8 has it, [Symbol.asyncDispose].

const prototype = Object.getPrototypeOf(Object.getPrototypeOf(Object.getPrototypeOf((async function* () {})())));

module.exports = { prototype };
