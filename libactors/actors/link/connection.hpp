#pragma once

// Internal: one connection, at first a stranger, then a link. Includes Asio;
// only server_core.cpp, link_server.cpp and connection*.cpp may include this.

#include <actors/link/server_core.hpp>
#include <actors/link/wire.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <deque>
#include <random>

namespace actors::link {

/// Everything but the calls of `tls_link` runs on the server's thread.
class connection : public tls_link,
                   public std::enable_shared_from_this<connection> {
public:
  using socket = boost::asio::ip::tcp::socket;

  /// What is known of a connection before anything has been said.
  struct origin {
    std::string address;
    bool dialled = false;
    std::string expected; ///< node that was dialled; empty: any
    dial_callback done;   ///< of the one who dialled, or null
  };

  connection(std::shared_ptr<server_core> core, socket s, origin from);
  ~connection() override;

  /// Starts the handshake; once.
  void start();

  /// Closes now, without a word.
  void end(const std::string& reason);

  const link_peer& peer() const override { return peer_; }

  send_outcome send_control(std::string_view bytes) override;
  send_outcome send_caf(std::string bytes) override;
  send_outcome send_bulk(std::string message) override;
  void bulk_used(size_t bytes) override;
  void pause(bool on) override;
  void drop(std::string reason) override;
  link_counters counters() const override;
  void inject(const link_faults& faults) override;

private:
  using error_code = boost::system::error_code;
  using clock = server_core::clock;

  enum class phase : uint8_t {
    handshaking,
    greeting, ///< until hello has come
    up,
    parting, ///< last words go out, then what comes is thrown away
    closed,
  };

  // -- the life of a connection (connection.cpp) ------------------------------
  void on_handshake();
  void on_secure();
  void on_hello(std::string_view payload);
  void come_up(const hello& theirs);
  void refuse(const std::string& reason);
  void part(const std::string& reason);
  void report_end(const std::string& reason);
  void close();
  void arm_deadline(std::chrono::milliseconds within, const char* what);
  void beat();
  void beat_later();
  bool too_silent(clock::time_point now, bool late) const;

  // -- bytes (connection_io.cpp) ----------------------------------------------
  void wait_readable();
  void wait_writable();
  void on_ready();
  void read_some();
  void read_later();
  bool read_once();
  void take(std::string_view bytes);
  void hold_back(std::string_view bytes, std::chrono::milliseconds delay);
  void release_held();
  void feed(std::string_view bytes);
  void on_control(control_kind kind, std::string_view payload);
  void on_message(control_kind kind, std::string_view payload);
  void on_pong(std::string_view payload);
  void write_some();
  bool refill();
  void tell_relief();
  void drain();
  void kick();
  send_outcome push(control_kind kind, std::string_view payload);
  void grant_credit(); // with the lock
  link_faults faults() const;

  std::shared_ptr<server_core> core_;
  socket socket_;
  std::shared_ptr<SSL_CTX> context_;
  wire wire_;
  origin from_;
  link_peer peer_;
  std::optional<node_identity> shown_;
  boost::asio::steady_timer timer_; ///< deadline, then heartbeat
  boost::asio::steady_timer delay_timer_;
  phase phase_ = phase::handshaking;
  frame_decoder decoder_{max_hello};
  frame_sink sink_;
  std::string out_; ///< frames that are being written
  size_t out_at_ = 0;
  bool reading_ = false;      ///< the socket is waited for
  bool writing_ = false;      ///< the same
  bool read_posted_ = false;  ///< more is read after the others' turn
  bool write_posted_ = false; ///< more is written after the others' turn
  bool write_needs_read_ = false;

  struct held_back {
    clock::time_point due;
    std::string bytes;
  };

  std::deque<held_back> held_; ///< by an injected delay
  size_t held_bytes_ = 0;
  bool finished_ = false;   ///< our last words are out
  clock::time_point due_{}; ///< when the next heartbeat is
  std::minstd_rand random_{std::random_device{}()};

  std::atomic<bool> kicked_{false};
  std::atomic<bool> paused_{false};
  mutable std::mutex mutex_; ///< for what follows
  bool open_ = false;        ///< `up` and not yet `down`
  send_queue queue_;
  link_counters counters_;
  link_faults faults_;
  clock::time_point heard_{};
  uint64_t used_ = 0;    ///< bytes of bulk to be granted again
  uint64_t granted_ = 0; ///< bytes of bulk that may come in all
};

} // namespace actors::link
