'use strict';
// The global `navigator` (HTML specification, "System state and capabilities", as far as Node has it).

const TOKEN = Symbol('navigator');

class Navigator {
  constructor(token) {
    if (token !== TOKEN) {
      const { codes: { ERR_ILLEGAL_CONSTRUCTOR } } = require('internal/errors');
      throw new ERR_ILLEGAL_CONSTRUCTOR();
    }
  }

  get hardwareConcurrency() {
    check(this);
    return require('os').availableParallelism();
  }

  get language() {
    check(this);
    return Intl.DateTimeFormat().resolvedOptions().locale ?? 'en-US';
  }

  get languages() {
    return Object.freeze([this.language]);
  }

  get locks() {
    check(this);
    return require('web/locks').locks;
  }

  get platform() {
    check(this);
    const { platform, arch } = process;
    if (platform === 'darwin') return 'MacIntel';
    if (platform === 'win32') return 'Win32';
    return `${require('os').type()} ${arch === 'x64' ? 'x86_64' : arch}`;
  }

  get userAgent() {
    check(this);
    return `Weft/${process.versions.weft.split('.')[0]}`;
  }
}

function check(value) {
  if (value !== navigator) {
    const { codes: { ERR_INVALID_THIS } } = require('internal/errors');
    throw new ERR_INVALID_THIS('Navigator');
  }
}

for (const name of ['hardwareConcurrency', 'language', 'languages', 'locks', 'platform', 'userAgent']) {
  Object.defineProperty(Navigator.prototype, name, { __proto__: null, enumerable: true });
}

const navigator = new Navigator(TOKEN);

module.exports = { Navigator, navigator };
