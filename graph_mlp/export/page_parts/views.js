// What the page shows of the network: bars, pictures, tiles and sentences. Text is set as text, never as HTML.

const TILE = 12; // pixels, the gap of one included
const TILES_ACROSS = 25;
const MOST_TILES = 2500; // of a layer: as many as can be told apart

function element(name, { text, ...properties } = {}, ...children) {
  const created = Object.assign(document.createElement(name), properties);
  if (text !== undefined) created.textContent = text;
  created.append(...children);
  return created;
}

const percent = (fraction) => `${(100 * fraction).toFixed(1)}\u00a0%`; // a space that does not break

// Ten bars; returns a function that shows ten probabilities, or none.
function createBars(list) {
  const rows = Array.from({ length: CLASSES }, (_, digit) => {
    const bar = element('span', { className: 'bar' });
    const share = element('span', { className: 'percent', text: '–' });
    const row = element(
      'li', {},
      element('span', { text: digit }), element('span', { className: 'track' }, bar), share,
    );
    list.append(row);
    return { row, bar, share };
  });
  return (probabilities) => {
    const most = probabilities ? ranking(probabilities)[0] : -1;
    rows.forEach(({ row, bar, share }, digit) => {
      bar.style.width = probabilities ? `${100 * probabilities[digit]}%` : '0';
      share.textContent = probabilities ? percent(probabilities[digit]) : '–';
      row.classList.toggle('most', digit === most);
    });
  };
}

// Draws one square of colour [red, green, blue] per number of an image of 28 x 28.
function paintImage(canvas, values, colour) {
  const image = new ImageData(28, 28);
  values.forEach((value, index) => image.data.set([...colour(value), 255], 4 * index));
  canvas.getContext('2d').putImageData(image, 0, 0);
}

const grey = (level) => [level, level, level];

// A number from -1 to 1: blue below zero, black at zero, orange above.
function signedColour(value) {
  const light = Math.sqrt(Math.min(Math.abs(value), 1)); // so that small numbers are told from zero
  const [red, green, blue] = value < 0 ? [90, 169, 230] : [255, 183, 77];
  return [24 + light * (red - 24), 24 + light * (green - 24), 24 + light * (blue - 24)];
}

const largestOf = (values) => values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1;

// One canvas a hidden layer; returns a function that shows the activations. choose(unit): a unit of the first was clicked.
function createTiles(parent, sizes, choose) {
  const canvases = sizes.map((size, layer) => {
    const shown = Math.min(size, MOST_TILES);
    const across = shown > 20 * TILES_ACROSS ? 2 * TILES_ACROSS : Math.min(shown, TILES_ACROSS);
    const canvas = element('canvas', { width: across * TILE, height: Math.ceil(shown / across) * TILE });
    canvas.setAttribute('role', 'img');
    const caption = `Hidden layer ${layer + 1}: ${size} units${shown < size ? `, the first ${shown} shown` : ''}`;
    parent.append(element('figure', {}, element('figcaption', { text: caption }), canvas));
    if (layer === 0) makeChoosable(canvas, shown, across, choose);
    return { canvas, across, shown };
  });
  return (hidden, chosen) =>
    canvases.forEach(({ canvas, across, shown }, layer) => {
      const values = hidden ? hidden[layer].subarray(0, shown) : new Float64Array(shown);
      paintTiles(canvas, across, values, layer === 0 ? chosen : -1);
      const lit = values.filter((value) => value > 0).length;
      canvas.setAttribute('aria-label', `${lit} of ${shown} activations are positive`);
    });
}

function makeChoosable(canvas, shown, across, choose) {
  canvas.className = 'choosable';
  canvas.addEventListener('click', (event) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const column = Math.floor(((event.clientX - left) / width) * across);
    const row = Math.floor((((event.clientY - top) / height) * canvas.height) / TILE);
    const unit = row * across + column;
    if (unit < shown) choose(unit);
  });
}

function paintTiles(canvas, across, values, chosen) {
  const context = canvas.getContext('2d');
  const largest = largestOf(values);
  context.clearRect(0, 0, canvas.width, canvas.height);
  values.forEach((value, unit) => {
    const [x, y] = [(unit % across) * TILE, Math.floor(unit / across) * TILE];
    context.fillStyle = `rgb(${signedColour(value / largest).map(Math.round).join(' ')})`;
    context.fillRect(x, y, TILE - 1, TILE - 1);
    if (unit === chosen) {
      context.strokeStyle = '#ffffff';
      context.lineWidth = 2;
      context.strokeRect(x + 1, y + 1, TILE - 3, TILE - 3);
    }
  });
}

function answerSentence(probabilities) {
  const [first, second] = ranking(probabilities);
  const says = `The network says ${first}: ${percent(probabilities[first])}.`;
  return `${says} Next is ${second}: ${percent(probabilities[second])}.`;
}
