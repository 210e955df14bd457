'use strict';
// MessageEvent, after the HTML standard (section 9.1).

const { Event, kTrustEvent } = require('web/event');
const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_THIS, ERR_MISSING_ARGS },
} = require('internal/errors');

const kMessage = Symbol('kMessage');
const noPorts = Object.freeze([]);
const trusted = { __proto__: null, [kTrustEvent]: true };

function message(event) {
  const fields = event?.[kMessage];
  if (fields === undefined) throw new ERR_INVALID_THIS('MessageEvent');
  return fields;
}

function readPorts(ports) {
  const { binding } = require('internal/worker/messaging');
  let index = 0;
  const list = [];
  for (const port of ports) {
    if (!binding.isPort(port)) throw new ERR_INVALID_ARG_TYPE(`eventInitDict.ports[${index}]`, 'MessagePort', port);
    list.push(port);
    index++;
  }
  return Object.freeze(list);
}

class MessageEvent extends Event {
  constructor(type, init = undefined) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('type');
    super(type, init);
    const { data = null, origin = '', lastEventId = '', source = null, ports = noPorts } = init ?? {};
    if (source !== null && !require('internal/worker/messaging').binding.isPort(source)) {
      throw new ERR_INVALID_ARG_TYPE('eventInitDict.source', 'MessagePort', source);
    }
    this[kMessage] = {
      data, origin: `${origin}`, lastEventId: `${lastEventId}`, source, ports: ports === noPorts ? ports : readPorts(ports),
    };
  }

  get data() { return message(this).data; }
  get origin() { return message(this).origin; }
  get lastEventId() { return message(this).lastEventId; }
  get source() { return message(this).source; }
  get ports() { return message(this).ports; }

  initMessageEvent(type, bubbles = false, cancelable = false, data = null, origin = '', lastEventId = '',
                   source = null, ports = noPorts) {
    message(this);
    this.initEvent(type, bubbles, cancelable);
    this[kMessage] = { data, origin: `${origin}`, lastEventId: `${lastEventId}`, source, ports };
  }
}

require('internal/worker/js_transferable').markTransferMode(MessageEvent.prototype, false, false);
const enumerable = { __proto__: null, enumerable: true };
for (const name of ['data', 'origin', 'lastEventId', 'source', 'ports', 'initMessageEvent']) {
  Object.defineProperty(MessageEvent.prototype, name, enumerable);
}
Object.defineProperty(MessageEvent.prototype, Symbol.toStringTag, {
  __proto__: null, value: 'MessageEvent', writable: false, enumerable: false, configurable: true,
});

// The event of a message that arrived.
function receivedMessage(type, data, ports) {
  const event = new MessageEvent(type, trusted);
  event[kMessage] = { data, origin: '', lastEventId: '', source: null, ports: ports ?? [] };
  return event;
}

module.exports = { MessageEvent, receivedMessage };
