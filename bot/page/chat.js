/* The residents' page. ES2018 at most, and no look-behind: old WebViews and iPhones would refuse the whole file. */
(function () {
  'use strict';

  const API = '/api/v1/messages';
  const FILES_API = '/api/v1/attachments';
  const TALK = 'fawen.talk.1'; // the number changes with the shape of what is kept
  const LARGE = 'fawen.large';
  const KEPT_ITEMS = 60;
  const MAX_LENGTH = 2000;
  const COUNT_FROM = 1800;
  const RETRY_AFTER_MS = [1000, 3000, 8000];
  const REQUEST_MS = 30000;
  const UPLOAD_MS = 300000; // a slow network takes minutes for a photo
  const LARGEST_FILE = 10 * 1024 * 1024;
  const TYPING_AFTER_MS = 400;
  const SAME_TAP_MS = 700;
  const STREAM_TRIES = 3;
  const STREAM_OPENS_WITHIN_MS = 15000;
  const STREAM_STEADY_MS = 5000;
  const POLL_VISIBLE_MS = 5000;
  const POLL_HIDDEN_MS = 20000;
  const POLL_SLOWEST_MS = 60000;
  const LONG_LABEL = 6;
  const FORGET_WORDS = '清除我的记录';
  const PLAIN_TITLE = '便民服务';
  const TWICE_MS = 1000;
  const NOT_SHOWN = { image: '（一张图片，这里显示不了）', file: '（一个文件，这里打不开）' };
  const FEEDBACK_LABEL = /^(有用|没用)/;

  const $ = (id) => document.getElementById(id);
  const scroller = $('scroller');
  const header = $('top');
  const log = $('log');
  const typing = $('typing');
  const alarm = $('alarm');
  const newer = $('newer');
  const words = $('words');
  const room = $('room');
  const filePicker = $('file');
  const largeSwitch = $('large');
  const forgetOpener = $('forget');
  const forgetAsk = $('forget-ask');
  const exit = $('exit');
  const backAgain = $('back-again');
  const service = document.body.dataset.service;
  const icon = document.querySelector('link[rel="icon"]');
  const usual = { title: document.title, icon: icon.href };

  // ---- What is remembered -------------------------------------------------

  // A private window may refuse storage; then the page forgets on reload, and that is all.
  function read(name) {
    try {
      return JSON.parse(localStorage.getItem(name));
    } catch (refused) {
      return null;
    }
  }

  function remove(name) {
    try {
      localStorage.removeItem(name);
    } catch (refused) {
      return;
    }
  }

  function write(name, value) {
    try {
      localStorage.setItem(name, JSON.stringify(value));
    } catch (refused) {
      return;
    }
  }

  /* items: in the order shown. Mine: {key, mine, text, payload, fate, why}; the bot's: {key, conversation, reply}.
     chosen: payloads that were tapped, by the key of the item. after: every reply up to it was seen on a GET.
     safe: others may look at this screen. hurried: the page was left by the quick exit. */
  const talk = Object.assign({ conversation: null, after: 0, items: [], chosen: {}, safe: false, hurried: false }, read(TALK));
  let gone = false;

  function save() {
    if (gone) return; // an answer that comes in while the page is being left must not bring the talk back
    while (talk.items.length > KEPT_ITEMS) dropOldest();
    write(TALK, talk);
  }

  function dropOldest() {
    const item = talk.items.shift();
    delete talk.chosen[item.key];
    passOver(item);
  }

  // What left the transcript must not come back with the next GET.
  function passOver(item) {
    if (item.reply && item.conversation === talk.conversation) talk.after = Math.max(talk.after, item.reply.id);
  }

  function leaveConversation() {
    stopListening();
    talk.conversation = null;
    talk.after = 0;
    save();
  }

  function newMessageId() {
    const bytes = new Uint8Array(16);
    if (window.crypto && crypto.getRandomValues) crypto.getRandomValues(bytes);
    else bytes.forEach((_, i) => { bytes[i] = Math.floor(Math.random() * 256); });
    return Array.from(bytes, (byte) => ('0' + byte.toString(16)).slice(-2)).join('');
  }

  // ---- Telephone numbers --------------------------------------------------

  const DIGITS = /\d[\d-]*\d/g;
  // 12 and three digits is a hotline, but 12000 or 12500 is nearly always money.
  const PHONE = /^(?:110|119|120|122|12(?:300|\d(?!00)\d\d)|96110|1[3-9]\d{9}|0\d{2,3}-?\d{7,8})$/;
  const BEFORE_NO_PHONE = /[\w.+¥￥第-]$/;
  const AFTER_NO_PHONE = /^(?:\w|[.,]\d|\s*(?:[元块条天日月年个号户份岁米亿%％]|万(?![一别不])|公[里斤顷]|平[方米]|千[克米瓦]))/;
  const WHO_ANSWERS = {
    110: '报警', 119: '火警', 120: '急救', 122: '交通事故', 96110: '反诈专线', 12338: '妇女维权', 12345: '政务热线',
    12348: '免费法律热线', 12355: '青少年服务', 12356: '心理援助',
  };

  function splitAtPhones(text) {
    const parts = [];
    let done = 0;
    text.replace(DIGITS, (digits, at) => {
      const end = at + digits.length;
      if (!PHONE.test(digits) || BEFORE_NO_PHONE.test(text.slice(0, at)) || AFTER_NO_PHONE.test(text.slice(end))) return;
      parts.push({ text: text.slice(done, at) }, { text: digits, phone: digits.replace(/-/g, '') });
      done = end;
    });
    parts.push({ text: text.slice(done) });
    return parts;
  }

  function phonesOf(reply) {
    const phones = splitAtPhones((reply.title || '') + '\n' + (reply.text || '')).filter((part) => part.phone).map((part) => part.phone);
    return Array.from(new Set(phones));
  }

  // ---- Drawing ------------------------------------------------------------

  const nodes = new Map(); // by the key of the item

  function make(tag, className, text) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text) node.textContent = text;
    return node;
  }

  function telLink(className, phone, text) {
    const link = make('a', className, text);
    link.href = 'tel:' + phone;
    return link;
  }

  function fillWithPhones(node, text) {
    node.textContent = '';
    splitAtPhones(text).forEach((part) => {
      node.appendChild(part.phone ? telLink('tel', part.phone, part.text) : document.createTextNode(part.text));
    });
    return node;
  }

  function isUrgent(reply) {
    return /^urgent\./.test(reply.topic || '');
  }

  function drawCalls(reply) {
    const calls = make('div', 'calls');
    phonesOf(reply).forEach((phone) => {
      calls.appendChild(telLink('call', phone, ('拨打 ' + phone + ' ' + (WHO_ANSWERS[phone] || '')).trim()));
    });
    return calls;
  }

  function drawChoices(buttons) {
    const set = make('div', 'choices');
    set.setAttribute('role', 'group');
    set.setAttribute('aria-label', '可以点选');
    buttons.forEach((choice) => {
      const button = make('button', 'choice', choice.label);
      button.type = 'button';
      button.dataset.payload = choice.payload;
      set.appendChild(button);
    });
    return set;
  }

  // Long labels under one another are easier to compare than in a ragged row.
  function stackIfLong(set) {
    const long = Array.from(set.children).some((button) => button.textContent.trim().length > LONG_LABEL);
    set.classList.toggle('stacked', long);
  }

  function drawCites(cites) {
    const box = make('div', 'cites');
    box.appendChild(make('p', 'cites-head', '依据'));
    const list = box.appendChild(make('ul'));
    cites.forEach((cite) => list.appendChild(make('li', '', cite)));
    return box;
  }

  function drawReply(bubble, reply) {
    const urgent = isUrgent(reply);
    if (urgent) bubble.appendChild(make('p', 'urgent-mark', '紧急提示'));
    if (reply.title) bubble.appendChild(make('h2', 'title', reply.title));
    if (urgent) bubble.appendChild(drawCalls(reply));
    bubble.appendChild(fillWithPhones(make('p', 'text'), reply.text || NOT_SHOWN[reply.kind] || ''));
    if (reply.cites && reply.cites.length) bubble.appendChild(drawCites(reply.cites));
    if (reply.buttons && reply.buttons.length) {
      const set = bubble.appendChild(drawChoices(reply.buttons));
      stackIfLong(set);
    }
  }

  function drawItem(item) {
    const node = make('div', 'item ' + (item.mine ? 'mine' : 'bot'));
    node.dataset.key = item.key;
    const bubble = node.appendChild(make('div', 'bubble'));
    bubble.tabIndex = -1;
    bubble.appendChild(make('span', 'unseen', item.mine ? '我：' : service + '：'));
    if (item.mine) {
      bubble.appendChild(make('p', 'text', item.text));
      node.appendChild(make('p', 'fate'));
    } else {
      node.classList.toggle('urgent', isUrgent(item.reply));
      drawReply(bubble, item.reply);
    }
    nodes.set(item.key, node);
    return node;
  }

  function drawFate(item) {
    const node = nodes.get(item.key);
    if (!node) return;
    const line = node.querySelector('.fate');
    const hadFocus = node.contains(document.activeElement);
    line.textContent = '';
    if (item.why) line.appendChild(make('span', 'why', item.why));
    if (item.fate === 'failed') {
      const again = line.appendChild(make('button', 'again', '未送达，点这里重发'));
      again.type = 'button';
    }
    if (item.fate === 'resending') line.appendChild(document.createTextNode('正在重发…'));
    if (item.fate === 'waiting') line.appendChild(document.createTextNode('已送达'));
    if (item.attached && item.fate === 'sending') line.appendChild(document.createTextNode('正在传…'));
    if (hadFocus) focusOn(line.querySelector('.again') || node.querySelector('.bubble'));
  }

  function setFate(item, fate, why) {
    item.fate = fate;
    item.why = why || '';
    drawFate(item);
    save();
  }

  // ---- Where the eye and the focus are ------------------------------------

  let atEnd = true; // as it was before the page changed its size

  function isAtEnd() {
    return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60;
  }

  function showEnd() {
    scroller.scrollTop = scroller.scrollHeight;
  }

  // The browser stops at the end: a short answer ends above the composer, of a long one the first line is in view.
  function showTopOf(node) {
    const stuck = getComputedStyle(header).position === 'static' ? exit.offsetHeight + 8 : header.offsetHeight;
    const top = node.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    scroller.scrollTop += top - stuck - 10;
    newer.hidden = true;
  }

  let firstUnseen = null;

  function pointTo(node) {
    firstUnseen = node;
    newer.hidden = false;
  }

  function focusOn(node) {
    node.focus({ preventScroll: true });
  }

  function whileKeepingEnd(change) {
    const follow = isAtEnd();
    change();
    if (follow) showEnd();
  }

  // Where a keyboard only covers the page (iPhone), the page has to shrink by itself. Zoomed-in pages are left alone.
  function fitAboveKeyboard() {
    const view = window.visualViewport;
    const covered = view.scale < 1.05 && window.innerHeight - view.height > 80;
    if (covered) {
      document.documentElement.style.setProperty('--seen', view.height + 'px');
      window.scrollTo(0, 0);
    } else {
      document.documentElement.style.removeProperty('--seen');
    }
    if (atEnd) showEnd();
  }

  let typingTimer = 0;

  function showTyping(on) {
    clearTimeout(typingTimer);
    if (on) typingTimer = setTimeout(() => { typing.textContent = service + '正在答复'; }, TYPING_AFTER_MS);
    else typing.textContent = '';
  }

  function soundAlarm(reply) {
    const calls = phonesOf(reply).map((phone) => '拨打 ' + phone);
    alarm.textContent = '';
    // A live region only speaks of a change, so the same alarm twice needs a moment of silence between.
    setTimeout(() => { alarm.textContent = ['紧急提示', reply.title].concat(calls).filter(Boolean).join('，'); }, 100);
  }

  // ---- Transcript ---------------------------------------------------------

  function replyKey(conversation, id) {
    return 'r:' + conversation + ':' + id;
  }

  // The stream may bring an older reply after a newer one came with an answer.
  function placeFor(item) {
    const later = item.mine ? -1 : talk.items.findIndex((other) =>
      other.reply && other.conversation === item.conversation && other.reply.id > item.reply.id);
    return later < 0 ? talk.items.length : later;
  }

  function addItem(item) {
    const place = placeFor(item);
    const next = talk.items[place];
    talk.items.splice(place, 0, item);
    return log.insertBefore(drawItem(item), next ? nodes.get(next.key) : null);
  }

  function receive(conversation, replies, asked) {
    const shown = new Set(talk.items.map((item) => item.key));
    let fresh = replies
      .filter((reply) => !shown.has(replyKey(conversation, reply.id)))
      .sort((one, other) => one.id - other.id)
      .map((reply) => ({ key: replyKey(conversation, reply.id), conversation, reply }));
    if (!fresh.length) return;
    const clearing = fresh.findIndex((item) => item.reply.clears);
    if (clearing >= 0) {
      emptyTranscript();
      fresh = fresh.slice(clearing);
    }
    const follow = asked || isAtEnd();
    const added = fresh.map(addItem);
    save();
    if (follow) showTopOf(added[0]);
    else if (newer.hidden) pointTo(added[0]);
    const urgent = fresh.findIndex((item) => isUrgent(item.reply));
    if (urgent >= 0) leadToUrgent(fresh[urgent].reply, added[urgent]);
  }

  // From the card, the next Tab reaches the first call. Somebody in the middle of a sentence keeps the cursor.
  function leadToUrgent(reply, node) {
    soundAlarm(reply);
    if (!words.value) focusOn(node.querySelector('.bubble'));
    showTopOf(node);
  }

  function emptyTranscript() {
    talk.items.forEach(passOver);
    talk.items = [];
    talk.chosen = {};
    nodes.forEach((node) => node.remove());
    nodes.clear();
    log.querySelectorAll('.chosen').forEach(unmark);
    newer.hidden = true;
    save();
  }

  // ---- Choices ------------------------------------------------------------

  function isFeedback(button) {
    return FEEDBACK_LABEL.test(button.textContent.trim());
  }

  function mark(button) {
    button.classList.add('chosen');
    button.setAttribute('aria-pressed', 'true');
  }

  function unmark(button) {
    button.classList.remove('chosen');
    button.removeAttribute('aria-pressed');
  }

  // One choice is marked at a time, beside a judgement, which is given once and stays.
  function markChosen(set, chosen) {
    const buttons = Array.from(set.querySelectorAll('.choice'));
    buttons.filter((button) => isFeedback(button) === isFeedback(chosen)).forEach((button) => {
      unmark(button);
      button.disabled = isFeedback(button);
    });
    mark(chosen);
  }

  let lastTap = { payload: '', at: 0 };

  // A shaking hand taps twice, and the first answer may be there before the second tap.
  function isSameTap(payload) {
    const underway = talk.items.some((item) => item.payload === payload && queue.has(item));
    return underway || (lastTap.payload === payload && Date.now() - lastTap.at < SAME_TAP_MS);
  }

  function choose(button) {
    const payload = button.dataset.payload;
    if (isSameTap(payload)) return;
    lastTap = { payload, at: Date.now() };
    const item = button.closest('.item');
    markChosen(button.parentNode, button);
    if (button.disabled) focusOn(item.querySelector('.bubble'));
    talk.chosen[item.dataset.key] = Array.from(item.querySelectorAll('.chosen'), (one) => one.dataset.payload);
    say(button.textContent.trim(), payload);
  }

  function restoreChosen(node) {
    const payloads = talk.chosen[node.dataset.key] || [];
    node.querySelectorAll('.choice').forEach((button) => {
      if (payloads.includes(button.dataset.payload)) markChosen(button.parentNode, button);
    });
  }

  // ---- Sending ------------------------------------------------------------

  // One after the other: two first messages at once would open two conversations.
  const queue = new Set();
  let line = Promise.resolve();
  let endPause = () => {};

  function say(text, payload) {
    goOn();
    const item = { key: newMessageId(), mine: true, text, payload, fate: 'sending' };
    addItem(item);
    save();
    showEnd();
    enqueue(item);
  }

  // ---- Files --------------------------------------------------------------

  // Only as long as the page is open: a browser keeps no file for us.
  const files = new Map();

  function attach(file) {
    goOn();
    const kind = /^image\//.test(file.type) ? '图片' : '文件';
    const item = { key: newMessageId(), mine: true, text: '（' + kind + '）' + file.name, attached: true, fate: 'sending' };
    addItem(item);
    showEnd();
    if (file.size > LARGEST_FILE) {
      setFate(item, 'refused', '超过 10 MB 了，收不下。请拍小一点，或分几个发。');
      return;
    }
    files.set(item.key, file);
    drawFate(item);
    save();
    enqueue(item);
  }

  function showProgress(item, share) {
    const node = nodes.get(item.key);
    if (node && (item.fate === 'sending' || item.fate === 'resending')) {
      node.querySelector('.fate').textContent = '正在传 ' + Math.floor(100 * share) + '%';
    }
  }

  // Not by fetch, which cannot tell how far an upload has come.
  function upload(item) {
    const form = new FormData();
    if (talk.conversation) form.append('conversation', talk.conversation);
    form.append('id', item.key);
    form.append('file', files.get(item.key));
    return new Promise((resolve) => {
      const sent = new XMLHttpRequest();
      const answer = (status) => {
        let body = null;
        try {
          body = JSON.parse(sent.responseText);
        } catch (notJson) {
          body = null;
        }
        resolve({ status, waitMs: 1000 * (Number(sent.getResponseHeader('Retry-After')) || 0), body });
      };
      sent.upload.onprogress = (event) => { if (event.lengthComputable) showProgress(item, event.loaded / event.total); };
      sent.onload = () => answer(sent.status);
      sent.onerror = sent.ontimeout = sent.onabort = () => resolve({ status: 0, waitMs: 0, body: null });
      sent.open('POST', FILES_API);
      sent.timeout = UPLOAD_MS;
      sent.send(form);
    });
  }

  function enqueue(item) {
    queue.add(item);
    const failed = () => setFate(item, 'failed');
    line = line.then(() => deliver(item)).catch(failed).then(() => queue.delete(item));
  }

  function resend(item) {
    setFate(item, 'resending');
    if (queue.has(item)) endPause();
    else enqueue(item);
  }

  function resendFailed() {
    talk.items.filter((item) => item.fate === 'failed').forEach(resend);
  }

  function pause(ms) {
    return new Promise((resolve) => {
      endPause = resolve;
      setTimeout(resolve, ms);
    });
  }

  // Status 0 stands for every way of not getting an answer, such as a hotspot's login page instead of JSON.
  async function request(options, query) {
    const control = window.AbortController ? new AbortController() : null;
    const timer = setTimeout(() => control && control.abort(), REQUEST_MS);
    try {
      const response = await fetch(API + (query || ''), Object.assign({ signal: control && control.signal }, options));
      const waitMs = 1000 * (Number(response.headers.get('Retry-After')) || 0);
      return { status: response.status, waitMs, body: await response.json().catch(() => null) };
    } catch (unreachable) {
      return { status: 0, waitMs: 0, body: null };
    } finally {
      clearTimeout(timer);
    }
  }

  function isAnswered(answer) {
    return answer.status === 200 && answer.body !== null && Array.isArray(answer.body.replies);
  }

  function mayPass(answer) {
    return answer.status < 400 || answer.status === 429 || answer.status >= 500;
  }

  function problemOf(answer) {
    return (answer.body && answer.body.error) || {};
  }

  function isUnknownConversation(answer) {
    return answer.status === 404 && problemOf(answer).code === 'unknown_conversation';
  }

  function post(item) {
    if (item.attached) return upload(item);
    const body = { conversation: talk.conversation, id: item.key, text: item.text };
    if (item.payload) body.payload = item.payload;
    return request({ method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  }

  async function postToKnownConversation(item) {
    const answer = await post(item);
    if (!isUnknownConversation(answer) || !talk.conversation) return answer;
    leaveConversation();
    return post(item);
  }

  async function deliver(item) {
    if (item.attached && !files.has(item.key)) return setFate(item, 'refused', '页面关过了，这个文件请重新选一次。');
    for (let tries = 0; ; tries += 1) {
      showTyping(true);
      const answer = await postToKnownConversation(item);
      showTyping(false);
      if (isAnswered(answer)) return settle(item, answer.body);
      if (!mayPass(answer)) return setFate(item, 'refused', problemOf(answer).message || '这条消息没有发出去。');
      whileKeepingEnd(() => setFate(item, 'failed', problemOf(answer).message));
      if (tries === RETRY_AFTER_MS.length) return undefined;
      await pause(Math.max(RETRY_AFTER_MS[tries], Math.min(answer.waitMs, POLL_SLOWEST_MS)));
    }
  }

  function settle(item, body) {
    if (talk.conversation !== body.conversation) leaveConversation();
    talk.conversation = body.conversation;
    setSafe(body.safe === true);
    files.delete(item.key);
    setFate(item, body.replies.length ? 'answered' : 'waiting');
    receive(body.conversation, body.replies, true);
    if (listeningTo !== talk.conversation) listen();
  }

  // ---- Replies that come later --------------------------------------------

  let stream = null;
  let listeningTo = null;
  let wake = 0;
  let streamFailures = 0;
  let pollFailures = 0;
  let pollsAsked = 0;

  function stopListening() {
    if (stream) stream.close();
    stream = null;
    listeningTo = null;
    clearTimeout(wake);
  }

  function listen() {
    stopListening();
    if (!talk.conversation) return;
    listeningTo = talk.conversation;
    if (window.EventSource && streamFailures < STREAM_TRIES) openStream();
    else poll();
  }

  // Only a GET brings replies without gaps, so only a GET moves `after`: an answer to a POST may have overtaken one.
  function since() {
    return '?conversation=' + encodeURIComponent(talk.conversation) + '&after=' + talk.after;
  }

  function arrive(replies, upTo) {
    receive(listeningTo, replies, false);
    talk.after = Math.max(talk.after, upTo);
    save();
  }

  function openStream() {
    const source = new EventSource(API + since());
    let openedAt = 0;
    const giveUp = () => {
      source.close();
      clearTimeout(wake);
      const wasSteady = openedAt && Date.now() - openedAt > STREAM_STEADY_MS;
      streamFailures = wasSteady ? 0 : streamFailures + 1;
      wake = setTimeout(listen, 1000 * (1 + streamFailures));
    };
    // Some operators' proxies hold a stream back for ever without an error.
    wake = setTimeout(giveUp, STREAM_OPENS_WITHIN_MS);
    source.onopen = () => {
      openedAt = Date.now();
      clearTimeout(wake);
    };
    source.onerror = giveUp;
    source.addEventListener('reply', (event) => {
      const reply = JSON.parse(event.data);
      arrive([reply], reply.id);
    });
    source.addEventListener('safe', (event) => setSafe(JSON.parse(event.data)));
    stream = source;
  }

  function pollDelay() {
    const usual = document.hidden ? POLL_HIDDEN_MS : POLL_VISIBLE_MS;
    return Math.min(usual * Math.pow(2, pollFailures), POLL_SLOWEST_MS);
  }

  async function poll() {
    const conversation = listeningTo;
    const asked = ++pollsAsked;
    const answer = await request({ headers: { Accept: 'application/json' } }, since());
    if (listeningTo !== conversation || asked !== pollsAsked || stream) return; // listening began anew meanwhile
    if (isUnknownConversation(answer)) {
      leaveConversation();
      return;
    }
    pollFailures = isAnswered(answer) ? 0 : pollFailures + 1;
    if (isAnswered(answer)) {
      setSafe(answer.body.safe === true);
      arrive(answer.body.replies, answer.body.next);
    }
    wake = setTimeout(poll, pollDelay());
  }

  // A phone that slept, or found its network again, has a dead stream that does not know it.
  function listenAfresh() {
    streamFailures = 0;
    pollFailures = 0;
    listen();
  }

  // ---- Leaving in a hurry -------------------------------------------------

  // The tab and the list of tabs are read over a shoulder.
  function setSafe(on) {
    talk.safe = on;
    document.title = on ? PLAIN_TITLE : usual.title;
    icon.href = on ? 'data:,' : usual.icon;
    save();
  }

  // At once, however slow the network is: the screen empties before the other page comes. In safe mode nothing of the
  // talk is left here; else it is put away, so that a slip of the thumb costs nobody the number of their case.
  function quickExit() {
    if (gone) return;
    stopListening();
    document.documentElement.classList.add('gone');
    document.title = PLAIN_TITLE;
    talk.hurried = talk.items.length > 0;
    save();
    if (talk.safe) remove(TALK);
    gone = true;
    location.replace(exit.href);
  }

  let lastEscape = 0;

  function exitOnTwoEscapes(event) {
    if (event.key !== 'Escape' || event.isComposing || event.repeat) return;
    if (Date.now() - lastEscape < TWICE_MS) quickExit();
    lastEscape = Date.now();
  }

  function putAway(away) {
    talk.hurried = away;
    backAgain.hidden = !away;
    log.classList.toggle('away', away);
    save();
  }

  function goOn() {
    if (!talk.hurried) return;
    putAway(false);
    if (talk.items.length) showTopOf(log.lastElementChild);
    listen();
  }

  function startAfresh() {
    emptyTranscript();
    leaveConversation();
    setSafe(false);
    putAway(false);
    words.focus();
  }

  // ---- The composer and the header ----------------------------------------

  function fitComposer() {
    whileKeepingEnd(() => {
      words.style.height = 'auto';
      words.style.height = words.scrollHeight + words.offsetHeight - words.clientHeight + 'px';
      const left = MAX_LENGTH - words.value.length;
      room.textContent = words.value.length < COUNT_FROM ? '' : '还可以写 ' + left + ' 个字';
    });
  }

  function sendWords() {
    const text = words.value.trim();
    if (!text) {
      words.focus();
      return;
    }
    words.value = '';
    fitComposer();
    say(text);
    // On a phone the keyboard makes room for the answer; at a desk one goes on writing.
    if (window.matchMedia('(pointer: coarse)').matches) words.blur();
    else words.focus();
  }

  function sendOnEnter(event) {
    const composing = event.isComposing || event.keyCode === 229; // Enter that only picks a word of the input method
    if (event.key !== 'Enter' || event.shiftKey || composing) return;
    event.preventDefault();
    sendWords();
  }

  function setLarge(on) {
    const place = scroller.scrollTop / scroller.scrollHeight;
    document.documentElement.classList.toggle('large', on);
    largeSwitch.setAttribute('aria-pressed', String(on));
    fitComposer();
    scroller.scrollTop = place * scroller.scrollHeight;
  }

  function switchLarge() {
    const on = largeSwitch.getAttribute('aria-pressed') !== 'true';
    setLarge(on);
    write(LARGE, on);
  }

  function openForgetAsk(open) {
    forgetAsk.hidden = !open;
    forgetOpener.setAttribute('aria-expanded', String(open));
    if (!open) forgetOpener.focus();
    else {
      if (getComputedStyle(header).position === 'static') scroller.scrollTop = 0;
      $('forget-go').focus();
    }
  }

  function onLogClick(event) {
    const button = event.target.closest('button');
    if (!button) return;
    if (button.classList.contains('choice')) choose(button);
    else resend(talk.items.find((item) => item.key === button.closest('.item').dataset.key));
  }

  function bind() {
    log.addEventListener('click', onLogClick);
    $('composer').addEventListener('submit', (event) => {
      event.preventDefault();
      sendWords();
    });
    $('attach').addEventListener('click', () => filePicker.click());
    filePicker.addEventListener('change', () => {
      Array.from(filePicker.files).forEach(attach);
      filePicker.value = ''; // the same file may be chosen again
    });
    words.addEventListener('input', fitComposer);
    words.addEventListener('keydown', sendOnEnter);
    largeSwitch.addEventListener('click', switchLarge);
    forgetOpener.addEventListener('click', () => openForgetAsk(forgetAsk.hidden));
    forgetAsk.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') openForgetAsk(false);
    });
    $('forget-stay').addEventListener('click', () => openForgetAsk(false));
    $('forget-go').addEventListener('click', () => {
      openForgetAsk(false);
      say(FORGET_WORDS);
    });
    exit.addEventListener('click', (event) => {
      event.preventDefault();
      quickExit();
    });
    document.addEventListener('keydown', exitOnTwoEscapes);
    $('back-again-go').addEventListener('click', () => {
      goOn();
      words.focus();
    });
    $('back-again-clear').addEventListener('click', startAfresh);
    // The way back leads to a page that was kept as it was left: empty.
    window.addEventListener('pageshow', (event) => { if (event.persisted && gone) location.reload(); });
    newer.addEventListener('click', () => {
      focusOn(firstUnseen.querySelector('.bubble'));
      showTopOf(firstUnseen);
    });
    scroller.addEventListener('scroll', () => {
      atEnd = isAtEnd();
      if (atEnd) newer.hidden = true;
    }, { passive: true });
    window.addEventListener('resize', () => { if (atEnd) showEnd(); });
    if (window.visualViewport) window.visualViewport.addEventListener('resize', fitAboveKeyboard);
    document.addEventListener('visibilitychange', () => { if (!document.hidden) listenAfresh(); });
    window.addEventListener('online', () => {
      resendFailed();
      listenAfresh();
    });
  }

  function restore() {
    const greeting = log.querySelector('[data-key="greeting"]');
    const text = greeting.querySelector('.text');
    fillWithPhones(text, text.textContent);
    greeting.querySelectorAll('.choices').forEach(stackIfLong);
    restoreChosen(greeting);
    talk.items.forEach((item) => {
      restoreChosen(log.appendChild(drawItem(item)));
      if (item.fate === 'sending' || item.fate === 'resending') item.fate = 'failed'; // the page was closed on it
      if (item.mine) drawFate(item);
    });
    if (talk.items.length) showTopOf(log.lastElementChild);
  }

  document.documentElement.classList.remove('no-js');
  setLarge(read(LARGE) === true);
  bind();
  restore();
  setSafe(talk.safe);
  if (talk.hurried) putAway(true);
  else listen();
}());
