#include <actors/process/line_splitter.hpp>

#include <algorithm>

namespace actors {

void line_splitter::feed(std::string_view bytes,
                         time_point now,
                         const sink& out) {
  for (;;) {
    auto end = bytes.find('\n');
    append(bytes.substr(0, end));
    if (end == std::string_view::npos)
      return;
    end_line(now, out);
    bytes.remove_prefix(end + 1);
  }
}

void line_splitter::finish(time_point now, const sink& out) {
  if (!line_.empty())
    end_line(now, out);
  report_dropped(out);
}

void line_splitter::append(std::string_view piece) {
  auto room = limits_.max_line - std::min(limits_.max_line, line_.size());
  cut_ = cut_ || piece.size() > room;
  line_.append(piece.substr(0, room));
}

void line_splitter::end_line(time_point now, const sink& out) {
  if (!cut_ && !line_.empty() && line_.back() == '\r')
    line_.pop_back();
  if (admit(now)) {
    report_dropped(out);
    std::replace_if(
      line_.begin(), line_.end(),
      [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7f; }, '?');
    out(line_);
  } else {
    ++dropped_;
  }
  line_.clear();
  cut_ = false;
}

/// A token bucket: `lines_per_second` flow in, as many fit.
bool line_splitter::admit(time_point now) {
  auto most = static_cast<double>(limits_.lines_per_second);
  std::chrono::duration<double> passed = now - refilled_;
  tokens_ = std::min(most, tokens_ + passed.count() * most);
  refilled_ = now;
  if (tokens_ < 1)
    return false;
  tokens_ -= 1;
  return true;
}

void line_splitter::report_dropped(const sink& out) {
  if (dropped_ > 0)
    out("(" + std::to_string(dropped_) + " lines dropped)");
  dropped_ = 0;
}

} // namespace actors
