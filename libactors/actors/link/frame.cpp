#include <actors/link/frame.hpp>

#include <algorithm>
#include <cassert>
#include <utility>

namespace actors::link {

namespace {

constexpr char first_byte = 'L';
constexpr size_t length_size = 4;
constexpr uint8_t begins = 1; ///< kind of the first frame of a bulk message
/// What an announced length reserves before any of it has come.
constexpr size_t reserved_at_once = size_t{4} << 20;

template <class T>
void append_number(std::string& to, T x) {
  for (size_t i = 0; i < sizeof x; ++i)
    to.push_back(static_cast<char>(static_cast<uint8_t>(x >> (8 * i))));
}

template <class T>
T read_number(const char* from) {
  T x = 0;
  for (size_t i = 0; i < sizeof x; ++i)
    x |= static_cast<T>(static_cast<uint8_t>(from[i])) << (8 * i);
  return x;
}

/// Moves up to `n - to.size()` bytes from the front of `from` to `to`.
void fill_up(std::string& to, size_t n, std::string_view& from) {
  auto count = std::min(n - to.size(), from.size());
  to.append(from.substr(0, count));
  from.remove_prefix(count);
}

} // namespace

std::string to_string(frame_error x) {
  switch (x) {
  case frame_error::none:
    return "no error";
  case frame_error::no_frame:
    return "bytes that are no frame";
  case frame_error::unknown_channel:
    return "a frame of a channel that is unknown or not open yet";
  case frame_error::unknown_kind:
    return "a frame of an unknown kind";
  case frame_error::too_long:
    return "a length beyond the channel's limit";
  case frame_error::out_of_order:
    return "a piece of bulk out of order";
  }
  return "an unknown error";
}

void append_u32(std::string& to, uint32_t x) {
  append_number(to, x);
}

void append_u64(std::string& to, uint64_t x) {
  append_number(to, x);
}

uint32_t read_u32(const char* from) {
  return read_number<uint32_t>(from);
}

uint64_t read_u64(const char* from) {
  return read_number<uint64_t>(from);
}

void append_header(std::string& to,
                   channel which,
                   uint8_t kind,
                   size_t length) {
  to.push_back(first_byte);
  to.push_back(static_cast<char>(which));
  to.push_back(static_cast<char>(kind));
  to.push_back('\0');
  append_u32(to, static_cast<uint32_t>(length));
}

std::string control_frame(control_kind kind, std::string_view payload) {
  assert(payload.size() <= max_control_payload);
  std::string out;
  out.reserve(frame_header_size + payload.size());
  append_header(out, channel::control, static_cast<uint8_t>(kind),
                payload.size());
  out.append(payload);
  return out;
}

void frame_decoder::open(size_t control_limit) {
  opened_ = true;
  control_limit_ = control_limit;
}

frame_error frame_decoder::feed(std::string_view bytes, const frame_sink& to) {
  while (error_ == frame_error::none && !bytes.empty()) {
    if (inside_)
      take_payload(bytes, to);
    else
      take_header(bytes);
    if (error_ == frame_error::none && inside_ && left_ == 0)
      take_payload(bytes, to); // an empty one is complete at once
  }
  return error_;
}

void frame_decoder::take_header(std::string_view& bytes) {
  fill_up(part_, frame_header_size, bytes);
  // Garbage is told by its first byte, not only when eight have come.
  if (part_[0] != first_byte) {
    error_ = frame_error::no_frame;
    return;
  }
  if (part_.size() == frame_header_size)
    begin_frame();
}

void frame_decoder::begin_frame() {
  channel_ = static_cast<channel>(part_[1]);
  kind_ = static_cast<uint8_t>(part_[2]);
  auto length = read_u32(part_.data() + 4);
  error_ = part_[3] != 0 ? frame_error::no_frame : check_header(kind_, length);
  left_ = length;
  inside_ = true;
  needs_length_ = channel_ == channel::bulk && kind_ == begins;
  part_.clear();
}

frame_error frame_decoder::check_header(uint8_t kind, uint32_t length) const {
  if (channel_ == channel::control)
    return kind < static_cast<uint8_t>(control_kind::hello)
               || kind > static_cast<uint8_t>(control_kind::credit)
             ? frame_error::unknown_kind
           : length > control_limit_ ? frame_error::too_long
                                     : frame_error::none;
  if (!opened_ || (channel_ != channel::caf && channel_ != channel::bulk))
    return frame_error::unknown_channel;
  return check_kind(kind, length);
}

frame_error frame_decoder::check_kind(uint8_t kind, uint32_t length) const {
  if (kind > (channel_ == channel::bulk ? begins : 0))
    return frame_error::unknown_kind;
  if (length > max_piece)
    return frame_error::too_long;
  if (channel_ == channel::caf)
    return frame_error::none;
  if ((kind == begins) != (message_size_ == 0)
      || (kind == begins && length < length_size))
    return frame_error::out_of_order;
  if (kind != begins && length > message_size_ - message_.size())
    return frame_error::too_long;
  return frame_error::none;
}

void frame_decoder::take_payload(std::string_view& bytes,
                                 const frame_sink& to) {
  switch (channel_) {
  case channel::control:
    take_control(bytes, to);
    break;
  case channel::bulk:
    take_bulk(bytes, to);
    break;
  case channel::caf:
    auto piece = bytes.substr(0, left_);
    bytes.remove_prefix(piece.size());
    left_ -= piece.size();
    inside_ = left_ > 0;
    if (!piece.empty())
      to.caf(piece);
    break;
  }
}

void frame_decoder::take_control(std::string_view& bytes,
                                 const frame_sink& to) {
  auto kind = static_cast<control_kind>(kind_);
  if (part_.empty() && bytes.size() >= left_) { // no copy
    auto payload = bytes.substr(0, left_);
    bytes.remove_prefix(left_);
    inside_ = false;
    left_ = 0;
    to.control(kind, payload);
    return;
  }
  auto before = part_.size();
  fill_up(part_, before + left_, bytes);
  left_ -= part_.size() - before;
  if (left_ > 0)
    return;
  inside_ = false;
  auto payload = std::exchange(part_, {});
  to.control(kind, payload);
}

void frame_decoder::take_bulk_length(std::string_view& bytes) {
  auto before = part_.size();
  fill_up(part_, length_size, bytes);
  left_ -= part_.size() - before;
  if (part_.size() < length_size)
    return;
  message_size_ = read_u32(part_.data());
  part_.clear();
  needs_length_ = false;
  if (message_size_ > max_bulk_message || left_ > message_size_)
    error_ = frame_error::too_long;
  else if (message_size_ == 0)
    error_ = frame_error::out_of_order; // nobody sends nothing
  else
    message_.reserve(std::min(message_size_, reserved_at_once));
}

void frame_decoder::take_bulk(std::string_view& bytes, const frame_sink& to) {
  if (needs_length_)
    take_bulk_length(bytes);
  if (needs_length_ || error_ != frame_error::none)
    return;
  auto piece = bytes.substr(0, left_);
  bytes.remove_prefix(piece.size());
  message_.append(piece);
  left_ -= piece.size();
  inside_ = left_ > 0;
  if (message_.size() < message_size_)
    return;
  message_size_ = 0;
  to.bulk(std::exchange(message_, {}));
}

} // namespace actors::link
