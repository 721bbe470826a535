// The paper: strokes by mouse, finger or keyboard, and the grey levels that they leave.

const PEN_WIDTH = 20; // of 280 pixels, as thick as in MNIST's images
const STEP = 10; // pixels that an arrow key moves the pen
const SMALL_STEP = 2;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

class Drawing {
  // onChange runs when there is new ink, onStrokeEnd when a stroke is done, onClear when the paper is white again.
  constructor(canvas, pen, { onChange, onStrokeEnd, onClear }) {
    this.canvas = canvas;
    this.pen = pen;
    this.onChange = onChange;
    this.onStrokeEnd = onStrokeEnd;
    this.onClear = onClear;
    this.context = canvas.getContext('2d', { willReadFrequently: true });
    this.pointer = null; // the id of the pointer that draws
    this.isDown = false; // the keyboard's pen
    this.place = { x: canvas.width / 2, y: canvas.height / 4 };
    this.clear();
    this.listen();
  }

  listen() {
    this.canvas.addEventListener('pointerdown', (event) => this.beginStroke(event));
    this.canvas.addEventListener('pointermove', (event) => this.goOn(event));
    for (const name of ['pointerup', 'pointercancel']) {
      this.canvas.addEventListener(name, (event) => this.endStroke(event));
    }
    this.canvas.addEventListener('keydown', (event) => this.pressKey(event));
    this.canvas.addEventListener('blur', () => this.liftPen());
    this.canvas.addEventListener('dragover', (event) => event.preventDefault());
    this.canvas.addEventListener('drop', (event) => {
      event.preventDefault();
      if (event.dataTransfer.files.length) this.showPicture(event.dataTransfer.files[0]);
    });
  }

  // Grey levels, 0 black to 255 white, row after row.
  greyLevels() {
    const { width, height } = this.canvas;
    const { data } = this.context.getImageData(0, 0, width, height);
    const levels = new Float64Array(width * height);
    for (let index = 0; index < levels.length; index++) levels[index] = data[4 * index]; // red, as green and blue
    return levels;
  }

  clear() {
    this.context.fillStyle = '#ffffff';
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.isEmpty = true;
    this.showPen();
    this.onClear();
  }

  // A picture of a digit on a plain ground, dark or light, takes the place of what was drawn: black on white.
  async showPicture(file) {
    const picture = await createImageBitmap(file).catch(() => null);
    this.clear();
    if (!picture) return;
    const { width, height } = this.canvas;
    const scale = Math.min(width / picture.width, height / picture.height);
    const [columns, rows] = [picture.width, picture.height].map((length) => Math.max(1, Math.floor(length * scale)));
    this.context.imageSmoothingQuality = 'high';
    this.context.drawImage(picture, 0, 0, columns, rows);
    const pixels = this.context.getImageData(0, 0, columns, rows);
    const { data } = pixels;
    const levels = Float64Array.from({ length: rows * columns }, (_, at) =>
      0.299 * data[4 * at] + 0.587 * data[4 * at + 1] + 0.114 * data[4 * at + 2]);
    const ground = [...levels].sort((one, other) => one - other)[levels.length >> 1];
    const most = levels.reduce((largest, level) => Math.max(largest, Math.abs(level - ground)), 1);
    levels.forEach((level, at) => {
      data.fill(255 - Math.min(255, (255 * Math.abs(level - ground)) / most), 4 * at, 4 * at + 3);
    });
    this.context.fillRect(0, 0, width, height);
    this.context.putImageData(pixels, (width - columns) >> 1, (height - rows) >> 1);
    this.isEmpty = false;
    this.onChange();
    this.onStrokeEnd();
  }

  beginStroke(event) {
    if (this.pointer !== null || event.button !== 0) return;
    this.liftPen();
    this.pointer = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.drawTo(this.placeOf(event), this.placeOf(event));
  }

  goOn(event) {
    if (event.pointerId !== this.pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) this.drawTo(this.place, this.placeOf(each));
  }

  endStroke(event) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = null;
    this.onStrokeEnd();
  }

  pressKey(event) {
    const arrow = ARROWS[event.key];
    if (arrow) this.movePen(arrow, event.shiftKey ? SMALL_STEP : STEP);
    else if (event.key === ' ') this.togglePen(event.repeat);
    else if (event.key === 'Escape') this.clear();
    else return;
    event.preventDefault();
  }

  movePen([right, down], step) {
    const within = (value, length) => Math.min(Math.max(value, PEN_WIDTH / 2), length - PEN_WIDTH / 2);
    const place = {
      x: within(this.place.x + right * step, this.canvas.width),
      y: within(this.place.y + down * step, this.canvas.height),
    };
    if (this.isDown) this.drawTo(this.place, place);
    this.place = place;
    this.showPen();
  }

  togglePen(isRepeat) {
    if (isRepeat) return;
    if (this.isDown) return this.liftPen();
    this.isDown = true;
    this.drawTo(this.place, this.place);
  }

  liftPen() {
    if (!this.isDown) return;
    this.isDown = false;
    this.showPen();
    this.onStrokeEnd();
  }

  drawTo(from, to) {
    this.context.lineWidth = PEN_WIDTH;
    this.context.lineCap = 'round';
    this.context.strokeStyle = '#000000';
    this.context.beginPath();
    this.context.moveTo(from.x, from.y);
    this.context.lineTo(to.x, to.y);
    this.context.stroke();
    this.context.beginPath(); // a dot, because a line without length is not drawn
    this.context.arc(to.x, to.y, PEN_WIDTH / 2, 0, 2 * Math.PI);
    this.context.fillStyle = '#000000';
    this.context.fill();
    this.place = to;
    this.isEmpty = false;
    this.showPen();
    this.onChange();
  }

  showPen() {
    this.pen.style.left = `${this.place.x}px`;
    this.pen.style.top = `${this.place.y}px`;
    this.pen.classList.toggle('down', this.isDown);
  }

  placeOf(event) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - left) / width) * this.canvas.width,
      y: ((event.clientY - top) / height) * this.canvas.height,
    };
  }
}
