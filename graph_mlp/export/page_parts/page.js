// What happens on the page: a drawing or a test image goes through the network, and every view shows the result.

const byId = (id) => document.getElementById(id);
const model = decodeModel(JSON.parse(byId('model').textContent));
const hiddenSizes = model.layers.slice(0, -1).map((layer) => layer.columns);
const showBars = createBars(byId('bars'));
const showTiles = createTiles(byId('tiles'), hiddenSizes, (unit) => showUnit(unit));
let hidden = null; // the activations that are shown
let chosenUnit = 0;
let isWaiting = false; // for the next frame, in which the drawing is looked at

const drawing = new Drawing(byId('pad'), byId('pen'), {
  onChange: lookSoon,
  onStrokeEnd: () => announce(look()),
  onClear: () => announce(show(null, 'Draw a digit, or try one of the test images below.')),
});

// While a stroke is drawn, at most once a frame.
function lookSoon() {
  if (isWaiting) return;
  isWaiting = true;
  requestAnimationFrame(() => {
    if (isWaiting) look();
  });
}

// Shows what the network says of the drawing; returns the sentence.
function look() {
  isWaiting = false;
  if (drawing.isEmpty) return show(null, 'Draw a digit, or try one of the test images below.');
  const { pixels, reason } = prepareImage(drawing.greyLevels(), drawing.canvas.height, drawing.canvas.width);
  return pixels ? show(pixels) : show(null, reason);
}

// Shows what the network says of 784 pixels, or that there is nothing to say; returns the sentence.
function show(pixels, sentence) {
  const result = pixels && runNetwork(model, pixels);
  hidden = result && result.hidden;
  byId('sentence').textContent = result ? answerSentence(result.probabilities) : sentence;
  showBars(result && result.probabilities);
  paintImage(byId('picture'), pixels ?? new Uint8Array(PIXELS), grey);
  byId('picture').setAttribute('aria-label', `The network's picture: ${pixels ? 'a digit, light on black' : 'empty'}`);
  showTiles(hidden, chosenUnit);
  describeUnit();
  return byId('sentence').textContent;
}

// Screen readers say this; the sentence that changes while one draws would be too much.
function announce(sentence) {
  byId('announcement').textContent = sentence;
}

function showUnit(unit) {
  chosenUnit = unit;
  byId('number').value = unit + 1;
  const weights = firstLayerWeights(model, unit);
  const largest = largestOf(weights);
  paintImage(byId('weights'), weights, (weight) => signedColour(weight / largest));
  byId('weights').setAttribute('aria-label', `Weights of unit ${unit + 1} as an image`);
  showTiles(hidden, unit);
  describeUnit();
}

function describeUnit() {
  const activation = hidden ? `The activation of unit ${chosenUnit + 1} is ${hidden[0][chosenUnit].toFixed(2)}. ` : '';
  byId('unit-sentence').textContent =
    `${activation}Ink on an orange pixel raises what unit ${chosenUnit + 1} sums up, ink on a blue one lowers it.`;
}

function addSamples() {
  const answers = model.samples.map(({ pixels, label }, index) => {
    const image = decodeBytes(pixels);
    const [says] = ranking(runNetwork(model, image).probabilities);
    const picture = element('canvas', { width: 28, height: 28 });
    picture.setAttribute('aria-hidden', 'true');
    paintImage(picture, image, grey);
    const text = says === label ? `a ${label}` : `a ${label}, it says ${says}`;
    const caption = element('span', { className: says === label ? '' : 'wrong', text });
    const button = element('button', { type: 'button' }, picture, caption);
    button.setAttribute('aria-label', `Try test image ${index + 1}, ${text}`);
    button.addEventListener('click', () => {
      announce(show(image));
      byId('sentence').scrollIntoView({ block: 'nearest' }); // on a phone it is far above
    });
    byId('sample-list').append(element('li', {}, button));
    return says === label;
  });
  const wrong = answers.filter((isRight) => !isRight).length;
  const mistakes = wrong ? `${wrong} of them it gets wrong: mistakes were picked on purpose.` : 'It gets all of them right.';
  byId('samples-sentence').textContent = `${answers.length} images that it never saw in training. ${mistakes}`;
}

function addFacts() {
  const sizes = [model.layers[0].rows, ...model.layers.map((layer) => layer.columns)].join('-');
  const facts = {
    Name: model.name,
    Network: `${sizes}, ${model.activation}, ${model.batch_norm ? 'batch norm' : 'no batch norm'}`,
    Takes: model.projection ? `${model.layers[0].rows} principal components of the 784 pixels` : 'all 784 pixels',
    'Trained on': model.dataset,
    Accuracy: `${(100 * model.accuracy).toFixed(2)} % of ${model.images.toLocaleString('en')} test images, by moving averages`,
    'Made by': `graph_mlp ${model.version}`,
  };
  for (const [name, value] of Object.entries(facts)) {
    byId('facts').append(element('dt', { text: name }), element('dd', { text: value }));
  }
}

byId('clear').addEventListener('click', () => drawing.clear());
byId('number').max = hiddenSizes[0];
byId('number').addEventListener('input', () => {
  const unit = Number(byId('number').value) - 1;
  if (Number.isInteger(unit) && unit >= 0 && unit < hiddenSizes[0]) showUnit(unit);
});
// What is no unit of the layer does not stay in the field.
byId('number').addEventListener('change', () => showUnit(chosenUnit));
addSamples();
addFacts();
showUnit(0);
