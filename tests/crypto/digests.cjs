'use strict';

// Digests by all their names, and what the arguments of node:crypto may be. All values are Node 26.10's.

const assert = require('assert');
const crypto = require('crypto');

function throws(run, code, message) {
  assert.throws(run, (error) => {
    assert.strictEqual(error.code, code, `${error.code}: ${error.message}`);
    assert.match(error.message, message);
    return true;
  });
}

const warnings = [];
process.removeAllListeners('warning');
const experiments = [];
process.on('warning', (warning) => {
  if (warning.name === 'ExperimentalWarning') experiments.push(warning.message);
  else warnings.push(`${warning.code} ${warning.message}`);
});

function names() {
  const digests = {
    'keccak-224': 'c30411768506ebe1c2871b1ee2e87d38df342317300a9b97a95ec6a8',
    'KECCAK-256': '4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45',
    'keccak-384': 'f7df1165f033337be098e7d288ad6a2f74409d7a60b49c36642218de161b1f99f8c681e4afaf31a34db29fb763e3c28e',
    'md5-sha1': '900150983cd24fb0d6963f7d28e17f72a9993e364706816aba3e25717850c26c9cd0d89d',
    'ripemd-160': '8eb208f7e05d987a9b044a8e98c6b087f15a0bfc',
    'sha-256/192': 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9c',
    'sha2-224': '23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7',
    'blake2s-256': '508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982',
  };
  for (const [name, expected] of Object.entries(digests)) {
    assert.strictEqual(crypto.createHash(name).update('a').update('bc').digest('hex'), expected);
    assert.strictEqual(crypto.hash(name, 'abc'), expected);
    assert.ok(crypto.getHashes().includes(name.toLowerCase()), name);
  }
  assert.strictEqual(crypto.createHmac('keccak-256', 'key').update('abc').digest('hex'),
                     '2e2c09c6f08503918c41b0c2d7fb8b7712cf1d3090b442c0a8168da15f964f8b');
  assert.strictEqual(crypto.createHmac('md5-sha1', 'key').update('abc').digest('hex'),
                     'a76e5cc4bdaa99b87cc7de69e0606e7d74fd2771909f120bb3b9a4649bb99bea2b4cec32');
  assert.strictEqual(crypto.createHmac('sha-256/192', 'key').update('abc').digest('hex'),
                     'd7774e586190fa2d2f4d4be4bc86ccd459a9170d52c38809');
  assert.deepStrictEqual(crypto.getHashes(), crypto.getHashes().toSorted());
}

function lengths() {
  assert.throws(() => crypto.createHash('sha256', { outputLength: 5 }), {
    name: 'Error',
    message: 'error:030000B2:digital envelope routines::not XOF or invalid length',
    library: 'digital envelope routines',
    reason: 'not XOF or invalid length',
    code: 'ERR_OSSL_EVP_NOT_XOF_OR_INVALID_LENGTH',
  });
  throws(() => crypto.hash('sha256', 'a', { outputLength: 5 }), undefined,
         /^Output length 5 is invalid for sha256, which does not support XOF$/);
  assert.strictEqual(crypto.hash('shake128', 'a', { outputLength: 4 }), '85c8de88');
  // Nothing that was asked for is the default.
  assert.strictEqual(crypto.hash('md5', 'a', {}), '0cc175b9c0f1b6a831c399e269772661');
  throws(() => crypto.hash('md5', 'a', null), 'ERR_INVALID_ARG_TYPE', /"options" argument must be of type object/);
  throws(() => crypto.hash('md5', 'a', { outputLength: -1 }), 'ERR_OUT_OF_RANGE', /"outputLength" is out of range/);
  for (const make of [() => crypto.createHash('md5'), () => crypto.createHmac('md5', 'key')]) {
    assert.ok(Buffer.isBuffer(make().digest('')));
  }
}

function derivation() {
  for (const [short, long] of [['N', 'cost'], ['r', 'blockSize'], ['p', 'parallelization']]) {
    throws(() => crypto.scryptSync('p', 's', 8, { [short]: 2, [long]: 2 }), 'ERR_INCOMPATIBLE_OPTION_PAIR',
           new RegExp(`^Option "${short}" cannot be used in combination with option "${long}"$`));
  }
  throws(() => crypto.scryptSync('p', 's', 8, { N: 3 }), 'ERR_CRYPTO_INVALID_SCRYPT_PARAMS', /^Invalid scrypt params$/);
  throws(() => crypto.scryptSync('p', 's', 8, { r: 2 ** 30 }), 'ERR_CRYPTO_INVALID_SCRYPT_PARAMS', /memory limit exceeded$/);
  throws(() => crypto.scrypt('p', 's', 8, null), 'ERR_INVALID_ARG_TYPE', /"callback".*Received null$/);
  throws(() => crypto.hkdfSync('sha1', 1, 's', 'i', 4), 'ERR_INVALID_ARG_TYPE',
         /"ikm" argument must be of type string or an instance of SecretKeyObject, ArrayBuffer, TypedArray, DataView, or/);
  throws(() => crypto.hkdfSync('sha1', 'k', null, 'i', 4), 'ERR_INVALID_ARG_TYPE',
         /"salt" argument must be of type string or an instance of ArrayBuffer, TypedArray, DataView, or Buffer/);
  throws(() => crypto.pbkdf2Sync('p', 's', 1, 4, 'shake128'), errorCode(),
         /^PBKDF2 derivation failed$/);
  throws(() => crypto.timingSafeEqual(1, Buffer.from('a')), 'ERR_INVALID_ARG_TYPE',
         /^The "buf1" argument must be an instance of ArrayBuffer, Buffer, TypedArray, or DataView\.$/);
  throws(() => crypto.randomInt(2 ** 48), 'ERR_OUT_OF_RANGE', /"max" is out of range. It must be <= 281474976710655/);
  throws(() => crypto.randomInt(-1, 2 ** 48), 'ERR_OUT_OF_RANGE', /"max - min" is out of range/);
}

// OpenSSL has a code for this; there is none without it.
function errorCode() {
  return process.versions.openssl === undefined ? undefined : 'ERR_OSSL_XOF_DIGESTS_NOT_ALLOWED';
}

async function subtle() {
  const { subtle } = crypto;
  const hex = async (algorithm) => Buffer.from(await subtle.digest(algorithm, Buffer.from('abc'))).toString('hex');
  assert.strictEqual(await hex('sha3-256'), '3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532');
  assert.strictEqual(await hex({ name: 'SHA3-512' }), crypto.hash('sha3-512', 'abc'));
  assert.strictEqual(await hex({ name: 'SHA3-384' }), crypto.hash('sha3-384', 'abc'));
  const cshake = (outputLength, more) => ({ name: 'cSHAKE128', outputLength, ...more });
  assert.strictEqual(await hex(cshake(128)), '5881092dd818bf5cf8a3ddb793fbcba7');
  assert.strictEqual(await hex({ name: 'CSHAKE256', outputLength: 64 }), '483366601360a877');
  assert.strictEqual(await hex(cshake(0)), '');
  // Bits are counted from the upper end of a byte.
  const abd = async (outputLength) =>
    Buffer.from(await subtle.digest(cshake(outputLength), Buffer.from('abd'))).toString('hex');
  assert.deepStrictEqual(await Promise.all([7, 8, 9, 12, 15].map(abd)), ['82', '83', '8380', '83c0', '83ca']);
  const custom = await subtle.digest(cshake(8, { customization: Buffer.from('x') }), Buffer.from('abd'));
  assert.deepStrictEqual(new Uint8Array(custom), Uint8Array.of(0x44));

  const rejects = (algorithm, expected) => assert.rejects(hex(algorithm), expected);
  await rejects('cSHAKE128', { code: 'ERR_MISSING_OPTION', message: /'outputLength' is required in 'CShakeParams'/ });
  await rejects(cshake(-1), { name: 'TypeError', code: 'ERR_OUT_OF_RANGE', message: /0 to 4294967295/ });
  await rejects(cshake('x'), { code: 'ERR_INVALID_ARG_TYPE', message: /is not a finite number/ });
  await rejects(cshake(8, { customization: 'x' }), { code: 'ERR_INVALID_ARG_TYPE', message: /customization in passed/ });
  await rejects(cshake(8, { functionName: Buffer.from('x') }), { name: 'NotSupportedError' });
  await rejects({}, { code: 'ERR_MISSING_OPTION', message: /algorithm cannot be converted to 'Algorithm'/ });
  await rejects('MD5', { name: 'NotSupportedError' });
  await rejects(Symbol('x'), { code: 'ERR_INVALID_ARG_TYPE', message: /1st argument is a Symbol/ });
  assert.deepStrictEqual(
    [['digest', 'SHA-1'], ['digest', 'MD5'], ['digest', cshake(7)], ['digest', 'cSHAKE128'], ['nothing', 'SHA-1']]
      .map((pair) => SubtleCrypto.supports(...pair)),
    [true, false, true, false, false]);
  throws(() => SubtleCrypto.supports('digest'), 'ERR_MISSING_ARGS', /2 arguments required, but only 1 present/);
}

async function deprecations() {
  await new Promise(setImmediate);
  const isExperimental = (what) => `The ${what} is an experimental feature and might change at any time`;
  assert.deepStrictEqual(experiments, [
    ...['TurboSHAKE128', 'KT128', 'TurboSHAKE256', 'KT256', 'SHA3-256', 'SHA3-512', 'SHA3-384', 'cSHAKE128', 'cSHAKE256']
      .map((name) => `${name} Web Crypto API algorithm`),
    'supports Web Crypto API method',
  ].map(isExperimental));
  assert.deepStrictEqual(warnings, []);
  assert.ok(crypto.createHash('md5') instanceof crypto.Hash);
  assert.strictEqual(crypto.Hash('md5').update('a').digest('hex'), '0cc175b9c0f1b6a831c399e269772661');
  assert.ok(new crypto.Hmac('md5', 'key') instanceof crypto.Hmac);
  crypto.createHash('shake256');
  crypto.hash('shake128', 'a');
  assert.strictEqual(crypto.fips, 0);
  crypto.setFips(false);
  await new Promise(setImmediate);
  assert.deepStrictEqual(warnings, [
    'DEP0179 crypto.Hash constructor is deprecated.',
    'DEP0181 crypto.Hmac constructor is deprecated.',
    'DEP0198 Creating SHAKE128/256 digests without an explicit options.outputLength is deprecated.',
    'DEP0093 The crypto.fips is deprecated. Please use crypto.getFips()',
  ]);
  const { constants } = crypto;
  assert.deepStrictEqual([constants.RSA_PKCS1_OAEP_PADDING, constants.SSL_OP_NO_TLSv1, constants.TLS1_3_VERSION],
                         [4, 0x4000000, 0x304]);
  assert.strictEqual(Object.getOwnPropertyDescriptor(constants, 'RSA_NO_PADDING').writable, false);
}

function lessUsual() {
  const sum = (name, options) => crypto.createHash(name, options).update('abc').digest('hex');
  assert.strictEqual(sum('sm3'), '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0');
  assert.strictEqual(sum('keccak-kmac128', { outputLength: 5 }), '3bcfe6e047');
  assert.strictEqual(crypto.createHmac('RSA-SM3', 'key').update('abc').digest('hex'),
                     '28e63256e7c5a087b1f073265dc53092163f7b82729735d06f28f10af9d52393');
  assert.strictEqual(crypto.pbkdf2Sync('p', 's', 10, 20, 'sm3').toString('hex'), 'f23ee4bc719fab7f17994f03ddcee1d3d9296aa2');

  assert.strictEqual(crypto.generateKeySync('aes', { length: 192 }).symmetricKeySize, 24);
  assert.throws(() => crypto.generateKeySync('aes', { length: 64 }), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => crypto.KeyObject.from({}), { code: 'ERR_INVALID_ARG_TYPE' });

  // Keys of no bytes.
  assert.throws(() => crypto.pbkdf2Sync('p', 's', 1, 0, 'sha1'), { message: 'PBKDF2 derivation failed' });
  assert.throws(() => crypto.hkdfSync('sha1', 'k', 's', 'i', 0), { message: 'HKDF derivation failed' });
  assert.strictEqual(crypto.scryptSync('p', 's', 0).length, 0);
  const told = [];
  crypto.pbkdf2('p', 's', 1, 0, 'sha1', (error) => told.push(error.message));
  crypto.hkdf('sha1', 'k', 's', 'i', 0, (error) => told.push(error.message));
  assert.deepStrictEqual(told, []);
  process.on('exit', () => assert.deepStrictEqual(told.sort(), ['HKDF derivation failed', 'PBKDF2 derivation failed']));

  assert.deepStrictEqual(crypto.secureHeapUsed(), { total: 0, used: 0, utilization: NaN, min: 2 });
  assert.throws(() => crypto.createSecretKey(5), {
    code: 'ERR_INVALID_ARG_TYPE',
    message: 'The "key" argument must be an instance of ArrayBuffer, Buffer, TypedArray, or DataView. ' +
      'Received type number (5)',
  });
}

async function sponges() {
  const { subtle: { digest: digestOf } } = crypto.webcrypto;
  const digest = async (algorithm, data) =>
    Buffer.from(await Reflect.apply(digestOf, crypto.webcrypto.subtle, [algorithm, data])).toString('hex');
  const nothing = new Uint8Array(0);
  // RFC 9861, section 5.
  assert.strictEqual(await digest({ name: 'TurboSHAKE128', outputLength: 256 }, nothing),
                     '1e415f1c5983aff2169217277d17bb538cd945a397ddec541f1ce41af2c1b74c');
  assert.strictEqual(await digest({ name: 'kt128', outputLength: 256 }, nothing),
                     '1ac2d450fc3b4205d19da7bfca1b37513c0803577ac7167f06fe2ce1f0ef39e5');
  for (const [algorithm, error] of [
    ['TurboSHAKE256', { code: 'ERR_MISSING_OPTION' }],
    [{ name: 'TurboSHAKE256', outputLength: 64, domainSeparation: 0x80 }, { name: 'OperationError' }],
    [{ name: 'KT256', outputLength: 65 }, { name: 'OperationError' }],
    [{ name: 'KT256', outputLength: 64, customization: new Uint8Array(513) }, { name: 'OperationError' }],
    [{ name: 'KT256', outputLength: 5n }, { code: 'ERR_INVALID_ARG_TYPE' }],
  ]) {
    await assert.rejects(digest(algorithm, nothing), error);
  }
  for (const shared of [new SharedArrayBuffer(1), new Uint8Array(new SharedArrayBuffer(1))]) {
    await assert.rejects(digest('SHA-1', shared), { code: 'ERR_INVALID_ARG_TYPE' });
  }
}

names();
lengths();
derivation();
lessUsual();
sponges().then(subtle).then(deprecations).then(() => { process.exitCode = 0; });
process.exitCode = 1;
