'use strict';
// A date as Date.prototype.toISOString() has it, in a third of the time: dates that are shown one after the other are
// of the same day, as a rule.

const {
  getUTCDate,
  getUTCFullYear,
  getUTCMonth,
  toISOString,
} = Date.prototype;

const kDay = 24 * 60 * 60 * 1000;
// Of years of four digits, in milliseconds.
const kFirst = Date.UTC(1000, 0, 1);
const kEnd = Date.UTC(10000, 0, 1);

const twoDigits = Array.from({ length: 60 }, (_, number) => `${number}`.padStart(2, '0'));

// The day that was shown last, counted from 1970, and its text up to the time.
let shownDay;
let shownText;

// `time` is the date's value, and not NaN.
function isoText(date, time) {
  if (time < kFirst || time >= kEnd) return Reflect.apply(toISOString, date, []);
  const day = Math.floor(time / kDay);
  if (day !== shownDay) {
    const month = twoDigits[Reflect.apply(getUTCMonth, date, []) + 1];
    shownText = `${Reflect.apply(getUTCFullYear, date, [])}-${month}-${twoDigits[Reflect.apply(getUTCDate, date, [])]}T`;
    shownDay = day;
  }
  const inDay = time - day * kDay;
  const seconds = Math.trunc(inDay / 1000);
  const minutes = Math.trunc(seconds / 60);
  const hours = Math.trunc(minutes / 60);
  const rest = inDay - seconds * 1000;
  const zeros = rest < 10 ? '00' : rest < 100 ? '0' : '';
  return `${shownText}${twoDigits[hours]}:${twoDigits[minutes - hours * 60]}:${twoDigits[seconds - minutes * 60]}.${zeros}${rest}Z`;
}

module.exports = { isoText };
