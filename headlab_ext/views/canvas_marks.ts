// The marks of states on the map: their shape where cells are large enough, else a cut corner.
import { css, inkOn, type Rgb } from './colour';
import { STATE_LOOKS, type HeadState } from './head_states';
import type { MapInks } from './map_canvas';
import type { Box } from './map_geometry';

/** From these cell sizes on a mark can be told by its shape, in the cell and in its corner. */
const MARK_CELL = 10;
const BADGE_CELL = 14;

/** A state as the content of its cell. */
export function cellMark(
  context: CanvasRenderingContext2D,
  cell: Box,
  gap: number,
  state: HeadState,
  inks: MapInks
): void {
  const { left, top, width } = cell;
  const ink = inkFor(STATE_LOOKS[state].colour, inks);
  if (width < MARK_CELL) {
    if (state !== 'undescribed') {
      corner(context, left, top, width - gap, ink);
    }
    return;
  }
  const side = Math.min(14, width - gap);
  const inset = (width - gap - side) / 2;
  glyph(context, left + inset, top + inset, side, state, ink);
}

/** A state in the corner of a cell whose colour shows a number. */
export function cornerMark(
  context: CanvasRenderingContext2D,
  cell: Box,
  gap: number,
  state: HeadState,
  inks: MapInks
): void {
  const { left, top, width } = cell;
  const inner = width - gap;
  if (width < BADGE_CELL) {
    corner(context, left, top, inner, inks.ground, inks.text);
    return;
  }
  const side = Math.max(9, Math.round(width * 0.5));
  const x = left + inner - side;
  const y = top + inner - side;
  const { colour } = STATE_LOOKS[state];
  context.fillStyle = inks.ground;
  context.fillRect(x - 1, y - 1, side + 1, side + 1);
  context.fillStyle = colour ? css(colour) : inks.ground;
  context.fillRect(x, y, side, side);
  glyph(context, x, y, side, state, inkFor(colour, inks));
}

/** A cut lower right corner: something is known here, the tip says what. */
function corner(
  context: CanvasRenderingContext2D,
  left: number,
  top: number,
  inner: number,
  ink: string,
  edge?: string
): void {
  const side = Math.max(3, inner * 0.45);
  const [right, bottom] = [left + inner, top + inner];
  context.beginPath();
  context.moveTo(right, bottom - side);
  context.lineTo(right, bottom);
  context.lineTo(right - side, bottom);
  context.fillStyle = ink;
  context.fill();
  if (edge) {
    context.beginPath();
    context.moveTo(right, bottom - side);
    context.lineTo(right - side, bottom);
    context.strokeStyle = edge;
    context.lineWidth = 1;
    context.stroke();
  }
}

function glyph(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  side: number,
  state: HeadState,
  ink: string
): void {
  const look = STATE_LOOKS[state];
  context.save();
  context.translate(x, y);
  context.scale(side / 16, side / 16);
  context.strokeStyle = context.fillStyle = ink;
  context.lineWidth = side < 14 ? 2.2 : 1.6;
  if (look.stroke) {
    context.stroke(new Path2D(look.stroke));
  }
  if (look.fill) {
    context.fill(new Path2D(look.fill));
  }
  context.restore();
}

function inkFor(colour: Rgb | null, inks: MapInks): string {
  return colour ? inkOn(colour) : inks.text;
}
