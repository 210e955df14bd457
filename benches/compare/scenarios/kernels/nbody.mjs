// Bodies that attract each other: floating point in the properties of objects.
import { best } from './best.mjs';

class Body {
  constructor(i) {
    this.x = Math.cos(i) * (1 + i);
    this.y = Math.sin(i) * (1 + i);
    this.z = i / 10;
    this.vx = -this.y / 50;
    this.vy = this.x / 50;
    this.vz = 0;
    this.mass = i === 0 ? 40 : 0.01 * i;
  }
}

function advance(bodies, dt) {
  for (let i = 0; i < bodies.length; i++) {
    const a = bodies[i];
    for (let j = i + 1; j < bodies.length; j++) {
      const b = bodies[j];
      const dx = a.x - b.x;
      const dy = a.y - b.y;
      const dz = a.z - b.z;
      const squared = dx * dx + dy * dy + dz * dz;
      const pull = dt / (squared * Math.sqrt(squared));
      a.vx -= dx * b.mass * pull;
      a.vy -= dy * b.mass * pull;
      a.vz -= dz * b.mass * pull;
      b.vx += dx * a.mass * pull;
      b.vy += dy * a.mass * pull;
      b.vz += dz * a.mass * pull;
    }
  }
  for (const body of bodies) {
    body.x += dt * body.vx;
    body.y += dt * body.vy;
    body.z += dt * body.vz;
  }
}

best(() => {
  const bodies = Array.from({ length: 5 }, (_, i) => new Body(i));
  for (let step = 0; step < 400_000; step++) advance(bodies, 0.001);
});
