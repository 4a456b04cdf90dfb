#include <leptond/http/connection.hpp>
#include <leptond/http/listener.hpp>
#include <leptond/http/server.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/strand.hpp>

#include <cerrno>
#include <future>
#include <optional>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace leptond::http {

namespace net = boost::asio;
using tcp = net::ip::tcp;
using boost::system::error_code;

namespace {

/// Asio's guess of the protocol only matters for `open`, which we do not use.
tcp protocol_of(const listen_address& address) {
  return address.host.find(':') == std::string::npos ? tcp::v4() : tcp::v6();
}

/// Takes waiting connections and starts them. Runs on a strand of its own.
class acceptor : public std::enable_shared_from_this<acceptor> {
public:
  acceptor(std::shared_ptr<server_core> core, const listening_socket& from)
    : core_(std::move(core)),
      strand_(net::make_strand(core_->io)),
      protocol_(protocol_of(from.address)),
      socket_(strand_, protocol_, from.fd),
      pause_(strand_) {}

  void wait() {
    socket_.async_wait(tcp::acceptor::wait_read,
                       [self = shared_from_this()](error_code ec) {
                         if (!ec && !self->core_->stopping)
                           self->take_waiting();
                       });
  }

  /// Returns when nobody can connect any more. Not from a server thread.
  void close() {
    std::promise<void> done;
    net::post(strand_, [&] {
      error_code ignored;
      socket_.close(ignored);
      pause_.cancel();
      done.set_value();
    });
    done.get_future().wait();
  }

private:
  void take_waiting() {
    constexpr int most_at_once = 64;
    for (int i = 0; i < most_at_once; ++i) {
      std::string peer;
      const auto fd = accept_connection(socket_.native_handle(), peer);
      if (fd >= 0) {
        admit(fd, std::move(peer));
      } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS
                 || errno == ENOMEM) {
        wait_a_little(); // the socket stays readable: no busy loop
        return;
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        break;
      } // else: that connection broke while it waited; take the next
    }
    wait();
  }

  void wait_a_little() {
    pause_.expires_after(std::chrono::milliseconds{100});
    pause_.async_wait([self = shared_from_this()](error_code ec) {
      if (!ec && !self->core_->stopping)
        self->wait();
    });
  }

  void admit(int fd, std::string peer) {
    if (core_->size() >= core_->options.max_connections) {
      turn_away(fd, peer);
      return;
    }
    auto executor = net::make_strand(core_->io);
    tcp::socket client{executor, protocol_, fd};
    const auto each =
      std::make_shared<connection>(core_, std::move(client), std::move(peer));
    core_->insert(each);
    each->start();
  }

  void turn_away(int fd, const std::string& peer) {
    static constexpr std::string_view text =
      "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
      "Content-Type: application/json\r\nContent-Length: 33\r\n"
      "Connection: close\r\n\r\n{\"error\": \"too many connections\"}";
    static_cast<void>(
      ::send(fd, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
    ::close(fd);
    core_->report(connection_event::refused, peer);
  }

  std::shared_ptr<server_core> core_;
  net::strand<net::io_context::executor_type> strand_;
  tcp protocol_;
  tcp::acceptor socket_;
  net::steady_timer pause_;
};

/// One callback that throws must not end the process, nor the server.
void run(server_core& core) {
  while (true) {
    try {
      core.io.run();
      return;
    } catch (const std::exception& error) {
      access_record broken;
      broken.problem = std::string{"a callback threw: "} + error.what();
      broken.status = 500;
      if (core.hooks.access)
        core.hooks.access(broken);
    }
  }
}

} // namespace

struct server::state {
  std::shared_ptr<server_core> core;
  std::shared_ptr<acceptor> door;
  std::optional<net::executor_work_guard<net::io_context::executor_type>> work;
  std::vector<std::thread> threads;
};

server_options options_from(const node_config& config) {
  server_options out;
  out.listen = config.api.listen;
  out.hosts = config.api.hosts;
  out.threads = config.api.threads;
  out.max_connections = config.api.max_connections;
  out.max_header = config.api.max_header;
  out.max_body = config.api.max_body;
  out.header_timeout = config.api.header_timeout;
  out.idle_timeout = config.api.idle_timeout;
  out.io_timeout = config.api.io_timeout;
  out.answer_timeout = config.api.answer_timeout;
  return out;
}

server::server(router routes, server_options options, server_hooks hooks)
  : state_(std::make_unique<state>()) {
  state_->core = std::make_shared<server_core>(
    std::move(routes), std::move(options), std::move(hooks));
}

server::~server() {
  stop(std::chrono::milliseconds{0});
}

result<listen_address> server::start() {
  auto& core = *state_->core;
  auto opened = open_listener(core.options.listen, "api.listen");
  if (!opened)
    return opened.error();
  state_->work.emplace(core.io.get_executor());
  state_->door = std::make_shared<acceptor>(state_->core, *opened);
  state_->door->wait();
  for (std::size_t i = 0; i < core.options.threads; ++i)
    state_->threads.emplace_back([&core] {
      ::prctl(PR_SET_NAME, "http");
      run(core);
    });
  return opened->address;
}

void server::stop(std::chrono::milliseconds within) {
  if (state_->threads.empty())
    return;
  auto& core = *state_->core;
  core.stopping = true;
  state_->door->close();
  for (const auto& each : core.all())
    each->finish();
  if (!core.wait_until_empty(within))
    for (const auto& each : core.all())
      each->cut();
  state_->work.reset(); // the threads end when nothing is left to do
  for (auto& thread : state_->threads)
    thread.join();
  state_->threads.clear();
  state_->door.reset();
}

std::size_t server::connections() const {
  return state_->core->size();
}

} // namespace leptond::http
