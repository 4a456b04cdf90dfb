#pragma once

/// The frames of a link between two nodes. Pure, no CAF, no socket; any input
/// is safe. All numbers are little endian:
///
///   offset  bytes
///        0      1  'L'
///        1      1  channel: 1 control, 2 CAF, 3 bulk
///        2      1  kind, see below
///        3      1  0
///        4      4  length of the payload
///        8         the payload
///
/// Control frames are whole messages, of a `control_kind`. Frames of CAF are
/// pieces of its stream of bytes, of kind 0. A message of bulk is one frame of
/// kind 1, whose payload begins with the message's length (4 bytes), and as
/// many of kind 0 as its length needs; the messages follow one another.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace actors::link {

enum class channel : uint8_t { control = 1, caf = 2, bulk = 3 };

/// What a control frame is.
enum class control_kind : uint8_t {
  hello = 1,   ///< who speaks; the first frame of each side
  refusal = 2, ///< why the link is ended, a text; the last frame
  ping = 3,    ///< 8 bytes, which come back in a `pong`
  pong = 4,
  message = 5, ///< bytes for the one who uses the link
  credit = 6,  ///< how many more bytes of bulk may come, 8 bytes
};

inline constexpr size_t frame_header_size = 8;
inline constexpr size_t max_control_payload = size_t{64} << 10;
/// A frame of 64 KiB fills four records of TLS.
inline constexpr size_t max_piece = (size_t{64} << 10) - frame_header_size;
/// Of one message of bulk.
inline constexpr size_t max_bulk_message = size_t{16} << 20;

/// Why bytes are not frames.
enum class frame_error : uint8_t {
  none = 0,
  /// The first byte or the fourth is not what it has to be.
  no_frame,
  /// There is no such channel, or it is not open yet.
  unknown_channel,
  /// The channel has no such kind of frame.
  unknown_kind,
  /// The length is beyond the channel's limit.
  too_long,
  /// A piece of bulk belongs to no message, or a message begins in another.
  out_of_order,
};

/// A sentence for the log: `a length beyond the channel's limit`.
std::string to_string(frame_error x);

/// Receives what has been decoded; the views live as long as the call.
struct frame_sink {
  std::function<void(control_kind, std::string_view)> control;
  std::function<void(std::string_view)> caf; ///< as it comes, in any pieces
  std::function<void(std::string)> bulk;     ///< whole messages
};

/// Turns bytes in any pieces into frames. Holds no more than one control
/// payload and one message of bulk. Not thread safe.
class frame_decoder {
public:
  /// @param control_limit longest control payload
  explicit frame_decoder(size_t control_limit = max_control_payload)
    : control_limit_{control_limit} {}

  /// Takes bytes and gives what they complete to `to`.
  /// @returns the first error, from then on always the same; what came before
  ///   it has been given
  frame_error feed(std::string_view bytes, const frame_sink& to);

  /// Until then all but control frames are refused: before the peer is known
  /// nothing else is due. Control payloads become as long as `control_limit`.
  void open(size_t control_limit = max_control_payload);

  /// Bytes held for what is not complete yet.
  size_t held() const noexcept { return part_.size() + message_.size(); }

private:
  void take_header(std::string_view& bytes);
  void take_payload(std::string_view& bytes, const frame_sink& to);
  void take_control(std::string_view& bytes, const frame_sink& to);
  void take_bulk(std::string_view& bytes, const frame_sink& to);
  void take_bulk_length(std::string_view& bytes);
  void begin_frame();
  frame_error check_header(uint8_t kind, uint32_t length) const;
  frame_error check_kind(uint8_t kind, uint32_t length) const;

  size_t control_limit_;
  bool opened_ = false;
  frame_error error_ = frame_error::none;
  std::string part_;    ///< of a header, a length or a control payload
  bool inside_ = false; ///< of a payload, not of a header
  channel channel_{};
  uint8_t kind_ = 0;
  size_t left_ = 0; ///< of the payload
  std::string message_;
  size_t message_size_ = 0; ///< 0: no message is under way
  bool needs_length_ = false;
};

/// Appends a header. @pre `length` is within the channel's limit
void append_header(std::string& to, channel which, uint8_t kind, size_t length);

/// A whole control frame. @pre `payload` has at most `max_control_payload`
std::string control_frame(control_kind kind, std::string_view payload);

/// Little endian numbers, also for the payloads.
void append_u32(std::string& to, uint32_t x);
void append_u64(std::string& to, uint64_t x);

/// @pre as many bytes are there
uint32_t read_u32(const char* from);
uint64_t read_u64(const char* from);

} // namespace actors::link
