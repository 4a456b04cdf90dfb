#include <models/core/error.hpp>
#include <models/data/csv_scanner.hpp>
#include <models/data/simple_number.hpp>
#include <models/data/text.hpp>

#include <algorithm>
#include <bit>
#include <cstring>

#ifdef __SSE2__
#  include <emmintrin.h>
#endif

namespace models {

namespace {

constexpr size_t chunk = 64 * 1024;
constexpr size_t none = static_cast<size_t>(-1);

} // namespace

std::string csv_place::at(uint64_t line) const {
  return path_ + ":" + std::to_string(line) + ": ";
}

std::string csv_place::at(uint64_t line, size_t column) const {
  auto text = at(line) + "column " + std::to_string(column + 1);
  if (column < names_.size())
    text += " (" + names_[column] + ")";
  return text + ": ";
}

csv_scanner::csv_scanner(byte_source source,
                         std::string path,
                         char delimiter,
                         uint32_t max_line)
  : source_(std::move(source)),
    place_(std::move(path)),
    delimiter_(delimiter),
    max_line_(max_line) {}

bool csv_scanner::next() {
  if (!started_) {
    started_ = true;
    skip_bom();
  }
  while (true) {
    line_ = next_line_;
    auto end = find_end();
    if (end == begin_ && at_end_ && begin_ == end_) {
      line_ -= 1;
      return false;
    }
    auto record_begin = begin_;
    begin_ = std::min(end + 1, end_);
    ++next_line_;
    if (end > record_begin && buffer_[end - 1] == '\r')
      --end;
    std::string_view record{buffer_.data() + record_begin, end - record_begin};
    if (trimmed(record).empty())
      continue;
    check_bytes(record);
    if (has_quotes_)
      split_quoted(record_begin, end);
    else
      split_plain(record);
    return true;
  }
}

/// Reads more bytes behind those there are; false at the end of the source.
bool csv_scanner::fill() {
  if (at_end_)
    return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() < end_ + chunk + simple_number_slack)
    buffer_.resize(end_ + chunk + simple_number_slack);
  auto count = source_(buffer_.data() + end_, chunk);
  end_ += count;
  at_end_ = count == 0;
  return count > 0;
}

void csv_scanner::skip_bom() {
  while (end_ < 3 && fill())
    continue;
  std::string_view start{buffer_.data(), std::min<size_t>(end_, 3)};
  if (start == "\xEF\xBB\xBF")
    begin_ = 3;
  else if (start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF"))
    throw data_error(place_.at(1) + "the file is UTF-16; save it as UTF-8");
}

/// The position of the record's line feed, or the end of the data. Sets
/// `has_quotes_`. Positions are valid until the next call.
size_t csv_scanner::find_end() {
  has_quotes_ = false;
  size_t scanned = 0;
  while (true) {
    auto from = buffer_.data() + begin_ + scanned;
    auto size = end_ - begin_ - scanned;
    auto found = size == 0 ? nullptr : std::memchr(from, '\n', size);
    auto length = found == nullptr
                    ? size
                    : static_cast<size_t>(static_cast<char*>(found) - from);
    // A file without quotes, the usual case, never leaves this loop.
    if (length > 0 && std::memchr(from, '"', length) != nullptr) {
      has_quotes_ = true;
      return find_quoted_end(0);
    }
    scanned += length;
    if (scanned > max_line_ + 1) // 1: a carriage return
      too_long();
    if (found != nullptr)
      return begin_ + scanned;
    if (!fill())
      return end_;
  }
}

/// As `find_end`, for records with quotes: line feeds inside them are text.
/// Counts these lines. An open quote at the end is left to `split_quoted`.
size_t csv_scanner::find_quoted_end(size_t scanned) {
  bool inside = false;
  while (true) {
    for (auto i = begin_ + scanned; i < end_; ++i) {
      auto c = buffer_[i];
      if (c == '"')
        inside = !inside;
      if (c != '\n')
        continue;
      if (!inside)
        return i;
      ++next_line_;
    }
    scanned = end_ - begin_;
    if (scanned > max_line_ + 1) {
      // Report a quote out of place rather than the length that it causes.
      split_quoted(begin_, end_);
      too_long();
    }
    if (!fill())
      return end_;
  }
}

void csv_scanner::too_long() const {
  throw data_error(place_.at(line_) + "the line is longer than "
                   + std::to_string(max_line_)
                   + " bytes; if it is meant to be, raise --max-line");
}

void csv_scanner::fail(size_t column, const std::string& text) const {
  throw data_error(place_.at(line_, column) + text);
}

void csv_scanner::check_bytes(std::string_view record) const {
  if (record.size() > max_line_)
    too_long();
  auto bad = find_invalid_utf8(record);
  auto lone = has_quotes_ ? none : record.find('\r');
  if (bad == std::string_view::npos && lone == std::string_view::npos)
    return;
  auto at = std::min(bad, lone);
  auto before = record.substr(0, at);
  auto column =
    static_cast<size_t>(std::count(before.begin(), before.end(), delimiter_));
  if (at == lone)
    fail(column, "a carriage return inside the line; end lines with LF "
                 "or CRLF, or quote the field");
  if (record[at] == '\0')
    fail(column, "a NUL byte; this is not a text file, or a damaged one");
  fail(column, "text that is not UTF-8; convert the file, for example "
               "with iconv -f latin1 -t utf-8");
}

bool csv_scanner::is_blank(char c) const {
  return (c == ' ' || c == '\t') && c != delimiter_;
}

std::string_view csv_scanner::trimmed(std::string_view text) const {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

void csv_scanner::add_field(csv_field field) {
  if (fields_.size() == max_columns)
    fail(max_columns,
         "a file may have " + std::to_string(max_columns) + " columns at most");
  fields_.push_back(field);
}

/// Adds the field from `first` to `last`, without the blanks around it.
void csv_scanner::add_plain(const char* first, const char* last) {
  std::string_view text{first, static_cast<size_t>(last - first)};
  if (!text.empty() && (text.front() <= ' ' || text.back() <= ' '))
    text = trimmed(text);
  add_field({text, false});
}

void csv_scanner::split_plain(std::string_view record) {
  fields_.clear();
  auto field = record.data();
  auto p = record.data();
  auto end = p + record.size();
#ifdef __SSE2__
  // Fields are short and of uneven length, so a loop over bytes mispredicts at
  // each: compare 16 bytes at once, then walk the delimiters among them.
  auto delimiters = _mm_set1_epi8(delimiter_);
  for (; end - p >= 16; p += 16) {
    auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    auto hits = static_cast<unsigned>(
      _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, delimiters)));
    for (; hits != 0; hits &= hits - 1) {
      auto at = p + std::countr_zero(hits);
      add_plain(field, at);
      field = at + 1;
    }
  }
#endif
  for (; p != end; ++p)
    if (*p == delimiter_) {
      add_plain(field, p);
      field = p + 1;
    }
  add_plain(field, end);
}

/// Fields of a record that holds quotes, from `begin` to `end` in the buffer.
void csv_scanner::split_quoted(size_t begin, size_t end) {
  fields_.clear();
  auto i = begin;
  while (true) {
    auto start = i;
    while (start < end && is_blank(buffer_[start]))
      ++start;
    if (start < end && buffer_[start] == '"') {
      i = quoted_field(start, end);
    } else {
      while (i < end && buffer_[i] != delimiter_)
        ++i;
      std::string_view text{buffer_.data() + start, i - start};
      if (text.find('"') != std::string_view::npos)
        fail(fields_.size(), "a quote inside an unquoted field; put the "
                             "field in quotes and double those inside");
      if (text.find('\r') != std::string_view::npos)
        fail(fields_.size(), "a carriage return inside the line; end "
                             "lines with LF or CRLF, or quote the field");
      add_field({trimmed(text), false});
    }
    if (i == end)
      return;
    ++i;
  }
}

/// Takes the field whose opening quote is at `open`, undoubling quotes in
/// place. Returns the position behind it: a delimiter, or `end`.
size_t csv_scanner::quoted_field(size_t open, size_t end) {
  auto out = open;
  auto i = open + 1;
  for (; i < end; ++i) {
    if (buffer_[i] == '"') {
      if (i + 1 == end || buffer_[i + 1] != '"')
        break;
      ++i;
    }
    buffer_[out++] = buffer_[i];
  }
  if (i == end)
    fail(fields_.size(), "a quote is opened and not closed before the end "
                         "of the file, or within --max-line bytes");
  ++i;
  while (i < end && is_blank(buffer_[i]))
    ++i;
  if (i < end && buffer_[i] != delimiter_)
    fail(fields_.size(), "text after the closing quote; double the "
                         "quotes inside a quoted field");
  add_field({{buffer_.data() + open, out - open}, true});
  return i;
}

} // namespace models
