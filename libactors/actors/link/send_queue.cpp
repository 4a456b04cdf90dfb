#include <actors/link/send_queue.hpp>

#include <algorithm>
#include <utility>

namespace actors::link {

namespace {

constexpr size_t length_size = 4; ///< in the first frame of a bulk message

size_t index_of(channel which) {
  return static_cast<size_t>(which) - 1;
}

} // namespace

std::string to_string(send_outcome x) {
  switch (x) {
  case send_outcome::accepted:
    return "accepted";
  case send_outcome::full:
    return "full";
  case send_outcome::too_large:
    return "too large";
  case send_outcome::closed:
    return "closed";
  }
  return "unknown";
}

send_queue::lane& send_queue::lane_of(channel which) {
  return lanes_[index_of(which)];
}

const channel_counts& send_queue::counts(channel which) const {
  return lanes_[index_of(which)].counts;
}

send_outcome send_queue::admit(channel which, size_t bytes) {
  const std::array limits{limits_.control, limits_.caf, limits_.bulk};
  auto& line = lane_of(which);
  auto waiting = line.counts.waiting;
  if (waiting > 0 && waiting + bytes > limits[index_of(which)]) {
    ++line.counts.refused;
    line.has_refused = true;
    return send_outcome::full;
  }
  ++line.counts.messages;
  line.counts.bytes += bytes;
  line.counts.waiting += bytes;
  return send_outcome::accepted;
}

send_outcome send_queue::push_control(control_kind kind,
                                      std::string_view payload) {
  if (payload.size() > max_control_payload)
    return send_outcome::too_large;
  // The header waits too, or empty frames would wait without bound.
  auto outcome = admit(channel::control, payload.size() + frame_header_size);
  if (outcome == send_outcome::accepted)
    lane_of(channel::control).messages.push_back(control_frame(kind, payload));
  return outcome;
}

send_outcome send_queue::push_caf(std::string bytes) {
  if (bytes.empty())
    return send_outcome::accepted;
  auto outcome = admit(channel::caf, bytes.size());
  if (outcome == send_outcome::accepted)
    lane_of(channel::caf).messages.push_back(std::move(bytes));
  return outcome;
}

send_outcome send_queue::push_bulk(std::string message) {
  if (message.empty() || message.size() > max_bulk_message)
    return send_outcome::too_large;
  auto outcome = admit(channel::bulk, message.size());
  if (outcome == send_outcome::accepted)
    lane_of(channel::bulk).messages.push_back(std::move(message));
  return outcome;
}

bool send_queue::bulk_may_go() const noexcept {
  return credit_ > 0 && !lanes_[index_of(channel::bulk)].messages.empty();
}

bool send_queue::ready() const noexcept {
  return !lanes_[index_of(channel::control)].messages.empty()
         || !lanes_[index_of(channel::caf)].messages.empty() || bulk_may_go();
}

bool send_queue::relieved(channel which) {
  const std::array limits{limits_.control, limits_.caf, limits_.bulk};
  auto& line = lane_of(which);
  if (!line.has_refused || line.counts.waiting > limits[index_of(which)] / 2)
    return false;
  line.has_refused = false;
  return true;
}

void send_queue::drop_sent(lane& of, size_t bytes) {
  of.at += bytes;
  of.counts.waiting -= bytes;
  if (of.at < of.messages.front().size())
    return;
  of.messages.pop_front();
  of.at = 0;
}

void send_queue::fill(std::string& out, size_t enough) {
  while (out.size() < enough && ready()) {
    auto waits = [this](channel x) { return !lane_of(x).messages.empty(); };
    if (waits(channel::control)) {
      append_control(out);
    } else if (waits(channel::caf)
               && !(bulk_may_go() && caf_in_a_row_ >= caf_share)) {
      append_caf(out);
      ++caf_in_a_row_;
    } else {
      append_bulk(out);
      caf_in_a_row_ = 0;
    }
  }
}

void send_queue::append_control(std::string& out) {
  auto& line = lane_of(channel::control);
  auto size = line.messages.front().size();
  out += line.messages.front();
  ++line.counts.frames;
  drop_sent(line, size);
}

void send_queue::append_caf(std::string& out) {
  auto& line = lane_of(channel::caf);
  auto rest = std::string_view{line.messages.front()}.substr(line.at);
  auto piece = rest.substr(0, max_piece);
  append_header(out, channel::caf, 0, piece.size());
  out += piece;
  ++line.counts.frames;
  drop_sent(line, piece.size());
}

void send_queue::append_bulk(std::string& out) {
  auto& line = lane_of(channel::bulk);
  std::string_view message{line.messages.front()};
  auto begins = line.at == 0;
  auto extra = begins ? length_size : 0;
  auto rest = message.substr(line.at);
  auto most = std::min<uint64_t>(max_piece - extra, credit_);
  auto piece = rest.substr(0, static_cast<size_t>(most));
  append_header(out, channel::bulk, begins ? 1 : 0, piece.size() + extra);
  if (begins)
    append_u32(out, static_cast<uint32_t>(message.size()));
  out += piece;
  credit_ -= piece.size();
  ++line.counts.frames;
  drop_sent(line, piece.size());
}

} // namespace actors::link
