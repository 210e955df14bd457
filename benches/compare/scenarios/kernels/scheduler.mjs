// Tasks of several classes that pass packets to each other by a scheduler, as an operating system's: small objects, linked lists and calls
// whose target varies.
import { best } from './best.mjs';

class Packet {
  constructor(kind) {
    this.kind = kind;
    this.next = null;
    this.hops = 0;
    this.bytes = [0, 0, 0, 0];
  }
}

class Task {
  constructor(scheduler, priority) {
    this.scheduler = scheduler;
    this.priority = priority;
    this.first = null;
    this.last = null;
    this.handled = 0;
  }

  push(packet) {
    packet.next = null;
    if (this.last === null) this.first = packet;
    else this.last.next = packet;
    this.last = packet;
  }

  pop() {
    const packet = this.first;
    this.first = packet.next;
    if (this.first === null) this.last = null;
    return packet;
  }

  run() {
    const packet = this.pop();
    this.handled++;
    packet.hops++;
    this.handle(packet);
  }
}

class Worker extends Task {
  handle(packet) {
    for (let i = 0; i < packet.bytes.length; i++) packet.bytes[i] = (packet.bytes[i] * 31 + packet.hops + i) & 0xff;
    this.scheduler.send(packet, 1 + (packet.bytes[0] & 1));
  }
}

class Device extends Task {
  constructor(scheduler, priority) {
    super(scheduler, priority);
    this.held = null;
  }

  handle(packet) {
    if (this.held === null) {
      this.held = packet;
      return;
    }
    const held = this.held;
    this.held = null;
    this.scheduler.send(held, 3);
    this.scheduler.send(packet, packet.kind === 0 ? 0 : 3);
  }
}

class Handler extends Task {
  handle(packet) {
    packet.kind = (packet.kind + 1) % 3;
    this.scheduler.send(packet, packet.kind === 2 ? 2 : 0);
  }
}

class Scheduler {
  constructor() {
    this.tasks = [new Worker(this, 1), new Device(this, 4), new Device(this, 3), new Handler(this, 2)];
    this.sent = 0;
  }

  send(packet, to) {
    this.sent++;
    this.tasks[to].push(packet);
  }

  run(steps) {
    for (let step = 0; step < steps; step++) {
      let chosen = null;
      for (const task of this.tasks) {
        if (task.first !== null && (chosen === null || task.priority > chosen.priority)) chosen = task;
      }
      if (chosen === null) return;
      chosen.run();
    }
  }
}

best(() => {
  let sent = 0;
  for (let round = 0; round < 20; round++) {
    const scheduler = new Scheduler();
    for (let i = 0; i < 50; i++) scheduler.send(new Packet(i % 3), i % 4);
    scheduler.run(100_000);
    sent += scheduler.sent;
  }
  return sent > 0;
}, true);
