'use strict';

// node:process: the object that is global too.

module.exports = process;
