'use strict';

// Times of day in the reader's time zone. Runs in browsers, too.

const DAY_MS = 24 * 60 * 60 * 1000;
/** @param {number} value */
const two = (value) => String(value).padStart(2, '0');

/** @param {number} ms @returns the time of day, with the date if it was another day */
function clock(ms, now = Date.now(), withSeconds = false) {
  const at = new Date(ms);
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  const exact = withSeconds ? `${time}:${two(at.getSeconds())}` : time;
  if (Math.abs(now - ms) < DAY_MS / 2) return exact;
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${date} ${exact}`;
}

module.exports = { DAY_MS, clock };
