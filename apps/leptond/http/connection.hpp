#pragma once

// Internal: one connection. Includes Beast; only server.cpp and connection*.cpp
// may include this.

#include <leptond/http/server_core.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <optional>

namespace leptond::http {

/// Reads requests and writes answers, one exchange at a time. Everything but
/// the calls of `channel` runs on the connection's strand.
class connection : public channel,
                   public std::enable_shared_from_this<connection> {
public:
  using socket = boost::asio::ip::tcp::socket;

  connection(std::shared_ptr<server_core> core, socket s, std::string peer);
  ~connection() override;

  /// Starts reading; once.
  void start();

  /// Closes now if no request is being served, else after its answer.
  void finish();

  /// Closes now.
  void cut();

  void answer(std::uint64_t exchange, response with) override;
  void open_body(std::uint64_t exchange,
                 response head,
                 std::uint64_t length) override;
  void write_body(std::uint64_t exchange,
                  std::string bytes,
                  write_callback done) override;
  void close_body(std::uint64_t exchange) override;
  void read_body(std::uint64_t exchange, read_callback done) override;

private:
  using error_code = boost::system::error_code;
  using clock = std::chrono::steady_clock;

  enum class phase : std::uint8_t {
    idle,      ///< between requests, nothing read yet
    reading,   ///< a header or a body that is read as a whole
    handling,  ///< a handler owes an answer
    streaming, ///< an answer's body is written in parts
    writing,   ///< a whole answer is written
    closing,   ///< waiting for the client to close
    closed,
  };

  /// Runs `step` on the strand if the connection still lives then; else, or
  /// when it does not serve this exchange any more, `otherwise`.
  template <class Step, class Otherwise>
  void on_strand(std::uint64_t exchange, Step step, Otherwise otherwise);

  // -- reading (connection_read.cpp) ------------------------------------------
  void await_request();
  void read_header(std::chrono::milliseconds within);
  void on_header(error_code ec);
  void refuse_header(error_code ec);
  void begin_exchange();
  bool admit();
  void route_request();
  void prepare_body();
  void take_whole_body();
  void send_continue(std::function<void()> then);
  void pull(std::size_t most, std::function<void(error_code)> then);
  void on_pull(error_code ec,
               std::size_t most,
               clock::time_point since,
               std::function<void(error_code)> then);
  bool too_slow() const;
  void on_whole_body(error_code ec);
  void begin_part();
  void deliver_part(error_code ec);
  std::pair<int, std::string> body_problem(error_code ec) const;
  request make_request();
  void dispatch();

  // -- writing (connection_write.cpp) -----------------------------------------
  void refuse(int status, const std::string& problem);
  void refuse(response with, const std::string& problem);
  void begin_answer(std::function<void()> begin);
  void respond(response with);
  void stream_head(response head, std::uint64_t length);
  void write_part(std::string bytes, write_callback done);
  std::string head_text(const response& with, std::uint64_t length) const;
  void flush(std::function<void(error_code)> then);
  void on_flushed(error_code ec);
  void on_part_flushed(error_code ec, const write_callback& done);
  void end_exchange();
  void record(bool complete);
  void arm_answer_timer();
  void on_answer_timeout();
  void linger();
  void drain();
  void close();

  std::shared_ptr<server_core> core_;
  boost::beast::tcp_stream stream_;
  boost::asio::steady_timer answer_timer_;
  boost::beast::flat_buffer buffer_;
  const std::string peer_;
  phase phase_ = phase::idle;

  // -- of the exchange --------------------------------------------------------
  using parser =
    boost::beast::http::request_parser<boost::beast::http::buffer_body>;
  std::uint64_t exchange_ = 0;
  std::optional<parser> parser_;
  target target_;
  match match_;
  access_record record_;
  clock::time_point started_;
  bool head_only_ = false;
  bool keep_alive_ = false;
  bool expects_continue_ = false;
  bool head_pending_ = false; ///< of a streamed answer, not yet written
  bool part_pending_ = false; ///< a part of it is being written
  bool pulling_ = false;      ///< a read of the request's body is under way
  bool flushing_ = false;     ///< a write is under way
  std::function<void()> after_flush_; ///< an answer that came meanwhile
  std::uint64_t body_limit_ = 0;
  std::uint64_t body_left_ = 0; ///< announced, not yet written
  std::uint64_t reserved_ = 0;
  clock::duration waited_{};
  std::string part_; ///< of the request's body
  std::size_t filled_ = 0;
  std::string out_;
  std::size_t out_at_ = 0;
  read_callback reader_;
};

} // namespace leptond::http
