// `shapes` of graph_mlp/data/picture.py in JavaScript, function by function.
// A shape is {ink, height, width, top, bottom, left, right}, its ink row after row.

const LEAST_PART = 0.01; // of the strongest stroke's ink: less is a speck
const MOST_STROKES = 400; // in a picture of digits
const LEAST_INNER = 0.1; // of all ink, which lies away from the edges: then what touches them does not count
const LEAST_DIGIT = 0.4; // of the usual height: what is lower is no digit
// All of the taller stroke's height:
const LOW = 0.6; // how tall a stroke may be that is no digit beside another one
const NEAR = 0.25; // how far such a stroke may lie from the other
const ABOVE = 0.35; // how far above or below the other it may lie
const BROKEN = 0.15; // how far above each other the parts of a broken stroke may lie

// Why a picture cannot be prepared, in a sentence for the reader.
class PictureError extends Error {}

function emptyShape(top, bottom, left, right) {
  const [height, width] = [bottom - top, right - left];
  return { ink: new Float64Array(height * width), height, width, top, bottom, left, right };
}

function joined(one, other) {
  const whole = emptyShape(
    Math.min(one.top, other.top), Math.max(one.bottom, other.bottom),
    Math.min(one.left, other.left), Math.max(one.right, other.right),
  );
  for (const shape of [one, other]) {
    shape.ink.forEach((value, index) => {
      const row = shape.top - whole.top + Math.floor(index / shape.width);
      whole.ink[row * whole.width + shape.left - whole.left + (index % shape.width)] += value;
    });
  }
  return whole;
}

// The digits in the ink, the strongest first.
function shapes(ink, height, width) {
  let parts = strokes(ink, height, width);
  if (parts.length > MOST_STROKES) throw new PictureError('These are too many separate shapes. Draw one digit.');
  const inner = parts.filter(({ top, bottom, left, right }) => top > 0 && bottom < height && left > 0 && right < width);
  if (inkOf(inner) > LEAST_INNER * sum(ink)) parts = inner;
  for (let pair = relatedPair(parts); pair; pair = relatedPair(parts)) {
    parts = [joined(...pair), ...parts.filter((part) => !pair.includes(part))];
  }
  const half = inkOf(parts) / 2;
  const usual = parts.find((_, number) => inkOf(parts.slice(0, number + 1)) >= half);
  return parts.filter((part) => part.height >= LEAST_DIGIT * usual.height);
}

const inkOf = (parts) => sum(parts.map((part) => sum(part.ink)));

function relatedPair(parts) {
  for (let first = 0; first < parts.length; first++) {
    for (let second = first + 1; second < parts.length; second++) {
      if (belongTogether(parts[first], parts[second])) return [parts[first], parts[second]];
    }
  }
  return null;
}

// Ink that hangs together, diagonally too, the strongest stroke first.
function strokes(ink, height, width) {
  const isTaken = new Uint8Array(ink.length);
  const parts = [];
  for (let start = 0; start < ink.length; start++) {
    if (ink[start] > 0 && !isTaken[start]) parts.push(connectedInk(ink, height, width, isTaken, start));
  }
  const amounts = parts.map((part) => part.ink.reduce((sum, value) => sum + value, 0));
  const largest = amounts.reduce((most, amount) => Math.max(most, amount), 0);
  return [...parts.keys()]
    .sort((one, other) => amounts[other] - amounts[one])
    .filter((number) => amounts[number] >= LEAST_PART * largest)
    .map((number) => parts[number]);
}

function connectedInk(ink, height, width, isTaken, start) {
  const pixels = [start];
  isTaken[start] = 1;
  let [top, bottom, left, right] = [height, 0, width, 0];
  for (let next = 0; next < pixels.length; next++) {
    const row = Math.floor(pixels[next] / width);
    const column = pixels[next] % width;
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row + 1)];
    [left, right] = [Math.min(left, column), Math.max(right, column + 1)];
    for (let y = Math.max(row - 1, 0); y < Math.min(row + 2, height); y++) {
      for (let x = Math.max(column - 1, 0); x < Math.min(column + 2, width); x++) {
        const neighbour = y * width + x;
        if (ink[neighbour] > 0 && !isTaken[neighbour]) {
          isTaken[neighbour] = 1;
          pixels.push(neighbour);
        }
      }
    }
  }
  const part = emptyShape(top, bottom, left, right);
  for (const pixel of pixels) {
    part.ink[(Math.floor(pixel / width) - top) * part.width + (pixel % width) - left] = ink[pixel];
  }
  return part;
}

function belongTogether(one, other) {
  const taller = Math.max(one.height, other.height);
  const lower = Math.min(one.height, other.height);
  // The gaps between the rectangles; where they overlap, below 0.
  const across = Math.max(one.left, other.left) - Math.min(one.right, other.right);
  const down = Math.max(one.top, other.top) - Math.min(one.bottom, other.bottom);
  const isLow = lower <= LOW * taller;
  const reach = isLow ? ABOVE : BROKEN;
  if (-across >= Math.min(one.width, other.width) / 2 && down <= reach * taller) return true;
  return isLow && Math.max(across, down) <= NEAR * taller;
}
