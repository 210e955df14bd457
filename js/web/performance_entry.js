'use strict';

// PerformanceEntry and its kinds: marks and measures (User Timing), resource
// timings (Resource Timing) and what Node measures by itself.

const {
  codes: {
    ERR_ILLEGAL_CONSTRUCTOR,
    ERR_INVALID_ARG_VALUE,
    ERR_INVALID_THIS,
    ERR_MISSING_ARGS,
    ERR_PERFORMANCE_INVALID_TIMESTAMP,
  },
} = require('internal/errors');
const { validateNumber, validateObject } = require('internal/validators');
const { now } = internalBinding('performance');

const customInspect = Symbol.for('nodejs.util.inspect.custom');
const kName = Symbol('PerformanceEntry.Name');
const kType = Symbol('PerformanceEntry.EntryType');
const kStart = Symbol('PerformanceEntry.StartTime');
const kDuration = Symbol('PerformanceEntry.Duration');
const kDetail = Symbol('PerformanceEntry.Detail');
const kTiming = Symbol('PerformanceResourceTiming.Timing');
// First argument of constructors that programs may not call.
const kCreate = Symbol('kCreate');

// Names that mean points in the life of the process when measuring.
const MILESTONES = new Set(['nodeStart', 'v8Start', 'environment', 'bootstrapComplete', 'loopStart', 'loopExit']);

function check(entry, name = 'PerformanceEntry') {
  if (entry?.[kType] === undefined) throw new ERR_INVALID_THIS(name);
}

// Detail of marks and measures is a copy, null where there is none.
function cloneDetail(detail) {
  if (detail === undefined || detail === null) return null;
  return require('web/structured_clone').structuredClone(detail);
}

class PerformanceEntry {
  constructor(secret = undefined, name = undefined, type = undefined, start = undefined, duration = undefined) {
    if (secret !== kCreate) throw new ERR_ILLEGAL_CONSTRUCTOR();
    this[kName] = name;
    this[kType] = type;
    this[kStart] = start;
    this[kDuration] = duration;
  }

  get name() {
    check(this);
    return this[kName];
  }

  get entryType() {
    check(this);
    return this[kType];
  }

  get startTime() {
    check(this);
    return this[kStart];
  }

  get duration() {
    check(this);
    return this[kDuration];
  }

  toJSON() {
    check(this);
    return { name: this.name, entryType: this.entryType, startTime: this.startTime, duration: this.duration };
  }

  [customInspect](depth, options) {
    if (depth < 0) return this;
    const inner = { ...options, depth: options.depth == null ? null : options.depth - 1 };
    return `${this.constructor.name} ${require('internal/util/inspect').inspect(this.toJSON(), inner)}`;
  }
}

class PerformanceMark extends PerformanceEntry {
  constructor(name, options = undefined) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('name');
    name = `${name}`;
    if (MILESTONES.has(name)) throw new ERR_INVALID_ARG_VALUE('name', name);
    if (options !== undefined && options !== null) validateObject(options, 'options');
    const startTime = options?.startTime ?? now();
    validateNumber(startTime, 'startTime');
    if (startTime < 0) throw new ERR_PERFORMANCE_INVALID_TIMESTAMP(startTime);
    super(kCreate, name, 'mark', startTime, 0);
    this[kDetail] = cloneDetail(options?.detail);
  }

  get detail() {
    check(this, 'PerformanceMark');
    return this[kDetail];
  }

  toJSON() {
    return { ...super.toJSON(), detail: this[kDetail] };
  }
}

class PerformanceMeasure extends PerformanceEntry {
  constructor(secret = undefined, name = undefined, start = undefined, duration = undefined, detail = undefined) {
    if (secret !== kCreate) throw new ERR_ILLEGAL_CONSTRUCTOR();
    super(kCreate, name, 'measure', start, duration);
    this[kDetail] = cloneDetail(detail);
  }

  get detail() {
    check(this, 'PerformanceMeasure');
    return this[kDetail];
  }

  toJSON() {
    return { ...super.toJSON(), detail: this[kDetail] };
  }
}

// Measured by the runtime: calls of timerified functions and the like.
class PerformanceNodeEntry extends PerformanceEntry {
  constructor(secret = undefined, name = undefined, type = undefined, start = undefined, duration = undefined,
              detail = undefined) {
    super(secret, name, type, start, duration);
    this[kDetail] = detail;
  }

  get detail() {
    check(this, 'NodePerformanceEntry');
    return this[kDetail];
  }

  toJSON() {
    return { ...super.toJSON(), detail: this[kDetail] };
  }
}

// Bytes that the standard adds to a body for its headers.
const HEADER_SIZE = 300;

class PerformanceResourceTiming extends PerformanceEntry {
  constructor(secret = undefined, timing = undefined) {
    if (secret !== kCreate) throw new ERR_ILLEGAL_CONSTRUCTOR();
    const { timingInfo, requestedUrl } = timing;
    super(kCreate, requestedUrl, 'resource', timingInfo.startTime, timingInfo.endTime - timingInfo.startTime);
    this[kTiming] = timing;
  }

  toJSON() {
    const json = super.toJSON();
    for (const name of RESOURCE_ATTRIBUTES) json[name] = this[name];
    return json;
  }
}

const RESOURCE_GETTERS = {
  initiatorType: (timing) => timing.initiatorType,
  nextHopProtocol: (timing) => timing.timingInfo.finalConnectionTimingInfo?.ALPNNegotiatedProtocol,
  workerStart: (timing) => timing.timingInfo.finalServiceWorkerStartTime,
  redirectStart: (timing) => timing.timingInfo.redirectStartTime,
  redirectEnd: (timing) => timing.timingInfo.redirectEndTime,
  fetchStart: (timing) => timing.timingInfo.postRedirectStartTime,
  domainLookupStart: (timing) => timing.timingInfo.finalConnectionTimingInfo?.domainLookupStartTime,
  domainLookupEnd: (timing) => timing.timingInfo.finalConnectionTimingInfo?.domainLookupEndTime,
  connectStart: (timing) => timing.timingInfo.finalConnectionTimingInfo?.connectionStartTime,
  connectEnd: (timing) => timing.timingInfo.finalConnectionTimingInfo?.connectionEndTime,
  secureConnectionStart: (timing) => timing.timingInfo.finalConnectionTimingInfo?.secureConnectionStartTime,
  requestStart: (timing) => timing.timingInfo.finalNetworkRequestStartTime,
  finalResponseHeadersStart: (timing) => timing.timingInfo.finalNetworkResponseStartTime,
  firstInterimResponseStart: (timing) => timing.timingInfo.firstInterimNetworkResponseStartTime ?? 0,
  // Where there were interim responses (status 1xx), the first of them.
  responseStart: ({ timingInfo }) =>
    timingInfo.firstInterimNetworkResponseStartTime || timingInfo.finalNetworkResponseStartTime,
  responseEnd: (timing) => timing.timingInfo.endTime,
  transferSize: (timing) => {
    if (timing.cacheMode === 'local') return 0;
    if (timing.cacheMode === 'validated') return HEADER_SIZE;
    return timing.timingInfo.encodedBodySize + HEADER_SIZE;
  },
  encodedBodySize: (timing) => timing.timingInfo.encodedBodySize,
  decodedBodySize: (timing) => timing.timingInfo.decodedBodySize,
  deliveryType: (timing) => timing.deliveryType,
  responseStatus: (timing) => timing.responseStatus,
  renderBlockingStatus: (timing) => timing.timingInfo.renderBlocking ? 'blocking' : 'non-blocking',
  contentType: (timing) => timing.bodyInfo?.contentType ?? '',
  contentEncoding: (timing) => timing.bodyInfo?.contentEncoding ?? '',
};
const RESOURCE_ATTRIBUTES = Object.keys(RESOURCE_GETTERS);

for (const name of RESOURCE_ATTRIBUTES) {
  const read = RESOURCE_GETTERS[name];
  const { get } = Object.getOwnPropertyDescriptor({
    get [name]() {
      check(this, 'PerformanceResourceTiming');
      return read(this[kTiming]);
    },
  }, name);
  Object.defineProperty(PerformanceResourceTiming.prototype, name, {
    __proto__: null, get, enumerable: true, configurable: true,
  });
}

// These it has itself, as Node's does.
for (const name of ['name', 'startTime', 'duration']) {
  const { get } = Object.getOwnPropertyDescriptor(PerformanceEntry.prototype, name);
  Object.defineProperty(PerformanceResourceTiming.prototype, name, {
    __proto__: null, get, enumerable: false, configurable: true,
  });
}

function publish(Class, names) {
  for (const name of names) Object.defineProperty(Class.prototype, name, { __proto__: null, enumerable: true });
  Object.defineProperty(Class.prototype, Symbol.toStringTag, {
    __proto__: null, value: Class.name, writable: false, enumerable: false, configurable: true,
  });
}
publish(PerformanceEntry, ['name', 'entryType', 'startTime', 'duration', 'toJSON']);
publish(PerformanceMark, ['detail', 'toJSON']);
publish(PerformanceMeasure, ['detail', 'toJSON']);
publish(PerformanceResourceTiming, ['toJSON']);

module.exports = {
  MILESTONES,
  PerformanceEntry,
  PerformanceMark,
  PerformanceMeasure,
  PerformanceNodeEntry,
  PerformanceResourceTiming,
  kCreate,
  now,
  publish,
};
