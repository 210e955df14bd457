'use strict';

// What of the machine's memory this process may have, for process.constrainedMemory and process.availableMemory.

const { availableMemory, constrainedMemory } = internalBinding('os');

module.exports = { availableMemory, constrainedMemory };
