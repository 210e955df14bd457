'use strict';
// Growable SharedArrayBuffers in a Worker with resourceLimits. V8 takes their memory from the system itself, past the
// allocator that counts (src/workers/buffer_account.rs), so making and growing one is told here. The class and the method
// look as before; the stand-ins pass everything on.

const native = internalBinding('worker');
const { construct, apply } = Reflect;

function install() {
  const Original = globalThis.SharedArrayBuffer;
  const { prototype } = Original;
  const growable = Object.getOwnPropertyDescriptor(prototype, 'growable').get;
  const hide = (target, name, value) => {
    Object.defineProperty(target, name, { __proto__: null, value, writable: true, configurable: true, enumerable: false });
  };
  const Counted = new Proxy(Original, {
    __proto__: null,
    construct(target, args, newTarget) {
      const buffer = construct(target, args, newTarget === Counted ? target : newTarget);
      if (args.length > 1 && apply(growable, buffer, [])) native.countGrowable(buffer, true);
      return buffer;
    },
  });
  const grow = new Proxy(prototype.grow, {
    __proto__: null,
    apply(target, buffer, args) {
      apply(target, buffer, args);
      native.countGrowable(buffer, false);
    },
  });
  hide(globalThis, 'SharedArrayBuffer', Counted);
  hide(prototype, 'constructor', Counted);
  hide(prototype, 'grow', grow);
}

module.exports = { install };
