'use strict';
// What the engine can hold: most bytes in one Buffer, most characters in one
// string.

const [kMaxLength, kStringMaxLength] = internalBinding('buffer').limits();

module.exports = { kMaxLength, kStringMaxLength };
