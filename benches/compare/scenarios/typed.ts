// A file with types to be taken away: its whole process is measured.
interface Point { readonly x: number; readonly y: number }
type Shape = { kind: 'circle'; centre: Point; radius: number } | { kind: 'box'; from: Point; to: Point };

abstract class Visitor<Result> {
  abstract circle(shape: Extract<Shape, { kind: 'circle' }>): Result;
  abstract box(shape: Extract<Shape, { kind: 'box' }>): Result;

  visit(shape: Shape): Result {
    return shape.kind === 'circle' ? this.circle(shape) : this.box(shape);
  }
}

class Area extends Visitor<number> {
  private calls: number = 0;

  override circle({ radius }: Extract<Shape, { kind: 'circle' }>): number {
    this.calls++;
    return Math.PI * radius ** 2;
  }

  override box({ from, to }: Extract<Shape, { kind: 'box' }>): number {
    this.calls++;
    return Math.abs((to.x - from.x) * (to.y - from.y));
  }

  get seen(): number {
    return this.calls as number;
  }
}

function total<T extends Shape>(shapes: readonly T[], area: Area = new Area()): number {
  return shapes.reduce((sum: number, shape: T): number => sum + area.visit(shape), 0);
}

const shapes = [
  { kind: 'circle', centre: { x: 0, y: 0 }, radius: 1 },
  { kind: 'box', from: { x: 0, y: 0 }, to: { x: 2, y: 3 } },
] satisfies Shape[];
if (Math.round(total(shapes)) !== 9) throw new Error('wrong');
export type { Shape };
