#include <actors/process/control_channel.hpp>
#include <actors/process/process_error.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>

namespace actors {

namespace {

using std::chrono::steady_clock;

struct segment_record {
  uint64_t id;
  uint64_t bytes;
};

struct words_record {
  uint64_t category;
  uint32_t code;
  uint32_t length;
  std::array<char, 8192> text;

  static constexpr size_t head = 16;
};

static_assert(offsetof(words_record, text) == words_record::head);

constexpr char healthy_word = 'h';

/// Room for one descriptor, aligned as the kernel wants it.
union fd_buffer {
  cmsghdr align;
  char bytes[CMSG_SPACE(sizeof(int))];
};

caf::error failed(const std::string& text) {
  return make_process_error(process_errc::segment_failed, text);
}

/// Takes the descriptor out of a message; none if it holds none.
unique_fd take_fd(msghdr& message) {
  auto head = CMSG_FIRSTHDR(&message);
  int fd = -1;
  if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS
      && head->cmsg_len == CMSG_LEN(sizeof(int)))
    std::memcpy(&fd, CMSG_DATA(head), sizeof(fd));
  return unique_fd{fd};
}

int remaining_ms(steady_clock::time_point until) {
  auto left = until - steady_clock::now();
  auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<int>(std::clamp<int64_t>(ms, 0, 3'600'000));
}

} // namespace

// -- segments -----------------------------------------------------------------

caf::error channel_sink::offer(const segment_ptr& segment) {
  segment_record record{segment->id(), segment->size()};
  iovec data{&record, sizeof(record)};
  fd_buffer buffer{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = buffer.bytes;
  message.msg_controllen = sizeof(buffer.bytes);
  auto head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof(int));
  auto fd = segment->fd();
  std::memcpy(CMSG_DATA(head), &fd, sizeof(fd));
  auto n = ::sendmsg(fd_->get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n == static_cast<ssize_t>(sizeof(record)))
    return caf::none;
  return failed("cannot pass segment " + std::to_string(record.id)
                + " to the worker: " + std::system_category().message(errno));
}

caf::expected<segment_ptr>
channel_source::attach(uint64_t id, std::chrono::milliseconds deadline) {
  auto until = steady_clock::now() + deadline;
  std::unique_lock lock{mutex_, until};
  while (lock) {
    auto entry = pending_.find(id);
    if (entry != pending_.end()) {
      auto x = std::move(entry->second);
      pending_.erase(entry);
      return shared_segment::map(std::move(x.fd), id, x.bytes);
    }
    auto left = remaining_ms(until);
    if (auto error = receive_one(left))
      return error;
    if (left == 0 && pending_.count(id) == 0)
      break;
  }
  return failed("segment " + std::to_string(id) + " did not arrive");
}

/// Waits for a record and keeps it. No error when the time is over.
caf::error channel_source::receive_one(int timeout_ms) {
  pollfd ready{fd_, POLLIN, 0};
  if (::poll(&ready, 1, timeout_ms) <= 0)
    return caf::none;
  segment_record record{};
  iovec data{&record, sizeof(record)};
  fd_buffer buffer{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = buffer.bytes;
  message.msg_controllen = sizeof(buffer.bytes);
  auto n = ::recvmsg(fd_, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return caf::none;
  if (n <= 0)
    return failed("the supervisor has closed the memory channel");
  auto fd = take_fd(message);
  if (n != static_cast<ssize_t>(sizeof(record)) || !fd)
    return failed("malformed record on the memory channel");
  if (pending_.size() >= max_pending)
    return failed("too many segments that nobody attaches");
  pending_.insert_or_assign(
    record.id, arrived{std::move(fd), static_cast<size_t>(record.bytes)});
  return caf::none;
}

// -- last words ---------------------------------------------------------------

void send_last_words(int fd,
                     const caf::error& reason,
                     const std::string& text) {
  words_record record{};
  if (reason) {
    record.category = static_cast<uint64_t>(reason.category());
    record.code = reason.code();
  }
  auto length = std::min(text.size(), record.text.size());
  record.length = static_cast<uint32_t>(length);
  std::memcpy(record.text.data(), text.data(), length);
  ::send(fd, &record, words_record::head + length, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void send_healthy(int fd) {
  ::send(fd, &healthy_word, sizeof(healthy_word), MSG_DONTWAIT | MSG_NOSIGNAL);
}

control_state receive_words(int fd, caf::error& reason) {
  words_record record{};
  auto n = ::recv(fd, &record, sizeof(record), MSG_DONTWAIT);
  if (n < 0)
    return errno == EAGAIN || errno == EINTR ? control_state::nothing
                                             : control_state::closed;
  if (n == 0)
    return control_state::closed;
  auto size = static_cast<size_t>(n);
  if (size == sizeof(healthy_word)
      && std::memcmp(&record, &healthy_word, size) == 0)
    return control_state::healthy;
  if (size < words_record::head || size != words_record::head + record.length)
    return control_state::nothing;
  auto code = static_cast<uint8_t>(record.code);
  auto category = static_cast<caf::atom_value>(record.category);
  std::string text{record.text.data(), record.length};
  if (code == 0)
    reason = caf::none;
  else if (text.empty())
    reason = caf::error{code, category};
  else
    reason = caf::error{code, category, caf::make_message(std::move(text))};
  return control_state::last_words;
}

std::optional<std::pair<unique_fd, unique_fd>> make_socket_pair(int type) {
  int fds[2];
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds) != 0)
    return std::nullopt;
  return std::pair{unique_fd{fds[0]}, unique_fd{fds[1]}};
}

} // namespace actors
