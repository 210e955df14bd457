'use strict';

// Connections of one server that were sent to another process, counted on both sides, so that the server still closes
// only once the last of them has, and getConnections() still counts them. The messages are Node's: NOTIFY_CLOSE is
// answered by ALL_CLOSED once the receiver's last connection ended, GET_COUNT by COUNT.

const EventEmitter = require('events');
const { codes } = require('internal/errors');

// The sender's view: asks the process on the other side of `target`'s channel.
class SentSockets extends EventEmitter {
  constructor(target, key) {
    super();
    this.target = target;
    this.key = key;
    target.once('exit', () => this.emit('exit', this));
  }

  #ask(question, answer, swallowErrors, callback) {
    const { target, key } = this;
    if (!target.connected) {
      callback(new codes.ERR_CHILD_CLOSED_BEFORE_REPLY());
      return;
    }
    const onClosed = () => {
      target.removeListener('internalMessage', onMessage);
      callback(new codes.ERR_CHILD_CLOSED_BEFORE_REPLY());
    };
    const onMessage = (message) => {
      if (message.cmd !== answer || message.key !== key) return;
      target.removeListener('disconnect', onClosed);
      target.removeListener('internalMessage', onMessage);
      callback(null, message);
    };
    target.once('disconnect', onClosed);
    target.on('internalMessage', onMessage);
    target._send({ cmd: question, key }, undefined, swallowErrors);
  }

  // Calls back once the receiver has none left; that it is gone is as good.
  close(callback) {
    this.#ask('NODE_SOCKET_NOTIFY_CLOSE', 'NODE_SOCKET_ALL_CLOSED', true, callback);
  }

  getConnections(callback) {
    this.#ask('NODE_SOCKET_GET_COUNT', 'NODE_SOCKET_COUNT', false, (error, message) => {
      if (error) callback(error);
      else callback(null, message.count);
    });
  }
}

// The receiver's view: counts, and answers.
class ReceivedSockets extends EventEmitter {
  constructor(target, key) {
    super();
    this.count = 0;
    target.on('internalMessage', (message) => {
      if (message.key !== key) return;
      if (message.cmd === 'NODE_SOCKET_NOTIFY_CLOSE') {
        const answer = () => {
          if (target.connected) target._send({ cmd: 'NODE_SOCKET_ALL_CLOSED', key }, undefined, true);
        };
        if (this.count === 0) answer();
        else this.once('empty', answer);
      } else if (message.cmd === 'NODE_SOCKET_GET_COUNT' && target.connected) {
        target._send({ cmd: 'NODE_SOCKET_COUNT', key, count: this.count }, undefined, true);
      }
    });
  }

  add(socket) {
    this.count++;
    socket.once('close', () => {
      if (--this.count === 0) this.emit('empty');
    });
  }
}

const kLists = Symbol('socketLists');

function listOf(target, key, Kind) {
  const lists = target[kLists] ??= new Map();
  const name = `${Kind.name} ${key}`;
  let list = lists.get(name);
  const isNew = list === undefined;
  if (isNew) lists.set(name, list = new Kind(target, key));
  return { list, isNew };
}

// A connection of `server` goes to the process behind `target`. Returns the key of the message.
function noteSent(target, server) {
  const key = server._connectionKey;
  const { list, isNew } = listOf(target, key, SentSockets);
  if (isNew) server._setupWorker(list);
  return key;
}

function noteReceived(target, key, socket) {
  listOf(target, key, ReceivedSockets).list.add(socket);
}

module.exports = { noteReceived, noteSent };
