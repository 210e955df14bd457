'use strict';
// process.setuid and its kin: the user and the groups the process acts as, by number or by name.

const { codes } = require('internal/errors');
const { ERR_INVALID_ARG_TYPE, ERR_UNKNOWN_CREDENTIAL } = codes;
const { validateArray, validateUint32 } = require('internal/validators');

const native = internalBinding('credentials');

function validateId(id, name) {
  if (typeof id === 'number') validateUint32(id, name);
  else if (typeof id !== 'string') throw new ERR_INVALID_ARG_TYPE(name, ['number', 'string'], id);
}

function userNumber(id) {
  return typeof id === 'number' ? id >>> 0 : native.userId(id);
}

function groupNumber(id) {
  return typeof id === 'number' ? id >>> 0 : native.groupId(id);
}

// Throws the system's error, worded as Node words those of these calls.
function check(failure, syscall) {
  if (failure === undefined) return;
  const { 0: errno, 1: code, 2: description } = failure;
  const err = new Error(`${code}, ${description}`);
  err.errno = errno;
  err.code = code;
  err.syscall = syscall;
  throw err;
}

function setter(name, kind, numberOf) {
  const set = (id) => {
    validateId(id, 'id');
    const number = numberOf(id);
    if (number === undefined) throw new ERR_UNKNOWN_CREDENTIAL(kind, id);
    check(native.set(name, number), name);
  };
  Object.defineProperty(set, 'name', { __proto__: null, configurable: true, value: name });
  return set;
}

function getgroups() {
  const groups = native.getGroups();
  // Whether the effective group is among them is up to the system; it always is here.
  const effective = process.getegid();
  if (!groups.includes(effective)) groups.push(effective);
  return groups;
}

function setgroups(groups) {
  validateArray(groups, 'groups');
  for (let i = 0; i < groups.length; i++) validateId(groups[i], `groups[${i}]`);
  const numbers = new Uint32Array(groups.length);
  for (let i = 0; i < groups.length; i++) {
    const number = groupNumber(groups[i]);
    if (number === undefined) throw new ERR_UNKNOWN_CREDENTIAL('Group', groups[i]);
    numbers[i] = number;
  }
  check(native.setGroups(numbers), 'setgroups');
}

function initgroups(user, extraGroup) {
  validateId(user, 'user');
  validateId(extraGroup, 'extraGroup');
  const group = groupNumber(extraGroup);
  if (group === undefined) throw new ERR_UNKNOWN_CREDENTIAL('Group', extraGroup);
  const name = typeof user === 'number' ? native.userName(user) : user;
  if (name === undefined || native.userId(name) === undefined) throw new ERR_UNKNOWN_CREDENTIAL('User', user);
  check(native.initGroups(name, group), 'initgroups');
}

module.exports = {
  getgroups,
  initgroups,
  setegid: setter('setegid', 'Group', groupNumber),
  seteuid: setter('seteuid', 'User', userNumber),
  setgid: setter('setgid', 'Group', groupNumber),
  setgroups,
  setuid: setter('setuid', 'User', userNumber),
};
