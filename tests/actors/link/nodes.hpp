#pragma once

#include <actors/link/hello.hpp>
#include <actors/link/link_server.hpp>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <tests/actors/link/folder.hpp>
#include <vector>

/// What the tests of links share: nodes that remember what they saw.

using SSL = struct ssl_st;

namespace link_test {

using namespace actors::link;

/// An authority and the files of its nodes.
struct authority {
  explicit authority(std::string name = "ca", std::string cluster = "blue");

  certificate_files issue(const std::string& node,
                          std::chrono::days valid_for = std::chrono::days{2});

  folder where;
  std::filesystem::path ca;
};

/// A server whose hooks are kept as texts: `up beta 1`, `down beta: why`,
/// `control beta: bytes`, `bulk beta: length`, `relieved beta 3`, `log ...`.
class node {
public:
  explicit node(link_options options, bool uses_bulk = true);

  link_server& server() { return *server_; }

  uint16_t port() const { return server_->port(); }

  /// Waits until an event begins with `start` and has `part` in it; fails the
  /// test if none comes. @returns it
  std::string expect(const std::string& start, const std::string& part = {});

  bool has_seen(const std::string& start, const std::string& part = {});
  size_t count(const std::string& start);

  /// Dials and waits for the outcome.
  outcome<link_ptr> dial(uint16_t port,
                         const std::string& name = {},
                         const std::string& host = "127.0.0.1");

  /// The link to a node, which has to be there.
  link_ptr link(const std::string& name);

  /// Waits until it is true; looks again with each event and now and then.
  bool until(const std::function<bool()>& truth);

  void stop() { server_.reset(); }

private:
  void saw(std::string event);
  bool seen(const std::string& start, const std::string& part) const;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> events_;
  std::unique_ptr<link_server> server_;
};

/// A peer that says what the test wants, on a blocking socket.
class raw_peer {
public:
  explicit raw_peer(uint16_t port);
  ~raw_peer();

  raw_peer(const raw_peer&) = delete;
  raw_peer& operator=(const raw_peer&) = delete;

  /// TLS 1.3 with the node's files, or without a certificate if there are
  /// none. @returns whether the handshake succeeded on this side
  bool secure(const certificate_files* files,
              const std::filesystem::path& trust);

  /// @returns whether all could be sent
  bool send(std::string_view bytes);

  /// What comes until the other side closes, at most `limit` bytes.
  std::string receive(size_t limit = 1u << 20);

private:
  int fd_ = -1;
  SSL* ssl_ = nullptr;
};

/// The frame of a hello.
std::string hello_frame(const std::string& node,
                        const std::string& cluster = "blue",
                        uint16_t version = protocol_version,
                        uint64_t incarnation = 1);

template <class T>
std::string problem_of(const outcome<T>& x) {
  auto why = std::get_if<problem>(&x);
  return why == nullptr ? "no problem" : why->text;
}

inline bool contains(const std::string& text, const std::string& what) {
  return text.find(what) != text.npos;
}

} // namespace link_test
