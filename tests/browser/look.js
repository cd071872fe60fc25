/* What is wrong with how the page looks now: a list of sentences, empty when all is well. */
() => {
  const found = [];
  const INTERACTIVE = 'button, textarea, select, summary, label.check, input:not([type=checkbox]):not([type=radio]):not([type=hidden]), '
    + 'a.call, a.button, nav a, .tabs a';
  const WORDS_ALONE = 'nav *, .tabs a, .leave, .plain, label.check, details.words > summary'; // known for what they are without an edge
  const SMALLEST = 44; // the house rule for fingers that are not young
  const SMALLEST_IN_TEXT = 24; // WCAG 2.5.8 for a link within a line

  const isSeen = (node) => {
    const style = getComputedStyle(node);
    const box = node.getBoundingClientRect();
    const shut = node.checkVisibility && !node.checkVisibility(); // within a closed <details>
    return !shut && box.width > 1 && box.height > 1 && style.visibility === 'visible' && !node.closest('.unseen, .skip:not(:focus)');
  };
  const name = (node) => {
    const mark = node.id ? '#' + node.id : node.className ? '.' + String(node.className).replace(/ /g, '.') : '';
    return node.tagName.toLowerCase() + mark + ' “' + (node.textContent || '').trim().slice(0, 16) + '”';
  };
  const seen = Array.from(document.body.querySelectorAll('*')).filter(isSeen);

  // ---- Nothing sticks out sideways
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) found.push('the page is ' + root.scrollWidth + ' px wide in ' + innerWidth);
  seen.forEach((node) => {
    const box = node.getBoundingClientRect();
    if (box.left < -0.5 || box.right > innerWidth + 0.5) found.push('outside: ' + name(node) + ' ' + box.left + ' to ' + box.right);
    const cuts = getComputedStyle(node).overflowX !== 'visible';
    if (cuts && node.scrollWidth > node.clientWidth) found.push('overflows sideways: ' + name(node));
  });

  // ---- Fingers
  const checkSize = (node, smallest) => {
    const box = node.getBoundingClientRect();
    if (Math.min(box.width, box.height) < smallest - 0.01) {
      found.push('smaller than ' + smallest + ' px: ' + name(node) + ' ' + box.width.toFixed(1) + ' × ' + box.height.toFixed(1));
    }
  };
  seen.filter((node) => node.matches(INTERACTIVE)).forEach((node) => checkSize(node, SMALLEST));
  seen.filter((node) => node.matches('a.tel')).forEach((node) => checkSize(node, SMALLEST_IN_TEXT));

  // ---- Eyes: WCAG 2.2 AA, 1.4.3 for text and 1.4.11 for the edges of controls
  const colour = (text) => {
    const numbers = text.match(/[\d.]+/g).map(Number);
    return { rgb: numbers.slice(0, 3), alpha: numbers.length > 3 ? numbers[3] : 1 };
  };
  const over = (upper, lower) => upper.rgb.map((value, i) => value * upper.alpha + lower[i] * (1 - upper.alpha));
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const ground = (node) => {
    if (!node) return dark ? [18, 18, 18] : [255, 255, 255];
    const own = colour(getComputedStyle(node).backgroundColor);
    return own.alpha === 1 ? own.rgb : over(own, ground(node.parentElement));
  };
  const light = (rgb) => {
    const linear = rgb.map((value) => value / 255).map((v) => (v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4)));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const contrast = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const checkContrast = (node, text, lower, least, what) => {
    const ratio = contrast(over(colour(text), lower), lower);
    if (ratio < least) found.push(what + ' has contrast ' + ratio.toFixed(2) + ', not ' + least + ': ' + name(node));
  };
  const hasWords = (node) => Array.from(node.childNodes).some((child) => child.nodeType === 3 && child.data.trim());
  const leastFor = (style) => {
    const size = parseFloat(style.fontSize);
    return size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
  };
  const texts = seen.filter(hasWords);
  if (!texts.length) found.push('no text at all');
  texts.forEach((node) => {
    const style = getComputedStyle(node);
    checkContrast(node, style.color, ground(node), leastFor(style), 'text');
  });
  seen.filter((node) => node.placeholder).forEach((node) => {
    checkContrast(node, getComputedStyle(node, '::placeholder').color, ground(node), 4.5, 'placeholder');
  });
  seen.filter((node) => node.matches(INTERACTIVE) && !node.matches(WORDS_ALONE) && !node.disabled).forEach((node) => {
    const around = ground(node.parentElement);
    const style = getComputedStyle(node);
    const edge = parseFloat(style.borderTopWidth) ? contrast(over(colour(style.borderTopColor), around), around) : 1;
    const best = Math.max(edge, contrast(ground(node), around));
    if (best < 3) found.push('edge has contrast ' + best.toFixed(2) + ', not 3: ' + name(node));
  });
  return found;
}
