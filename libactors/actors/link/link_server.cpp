#include <actors/link/connection.hpp>
#include <actors/link/link_server.hpp>

#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>

#include <csignal>
#include <thread>
#include <utility>

namespace actors::link {

namespace net = boost::asio;
using tcp = net::ip::tcp;
using error_code = boost::system::error_code;

namespace {

std::string text_of(const tcp::endpoint& x) {
  auto host = x.address().to_string();
  return (x.address().is_v6() ? "[" + host + "]" : host) + ":"
         + std::to_string(x.port());
}

std::optional<problem> check(const link_options& x) {
  if (!is_node_name(x.node) || !is_node_name(x.cluster))
    return problem{"a node and its cluster need names of a-z, 0-9 and -"};
  if (x.bulk_window < 2 * max_bulk_message)
    return problem{"bulk_window has to hold two of the longest messages"};
  if (x.heartbeat.count() <= 0 || x.silence <= x.heartbeat)
    return problem{"silence has to be longer than the heartbeat, which has to "
                   "be longer than 0"};
  error_code error;
  auto address = net::ip::make_address(x.host, error);
  if (error)
    return problem{"\"" + x.host + "\" is no address to listen on"};
  if (!address.is_loopback() && !x.tls)
    return problem{"listening on " + x.host
                   + " lets other machines in, which needs certificates "
                     "(\"lepton ca issue "
                   + x.node + "\")"};
  return std::nullopt;
}

std::optional<problem> load(const link_options& x, credentials& into) {
  if (!x.tls)
    return std::nullopt;
  auto read = load_credentials(*x.tls);
  if (auto why = std::get_if<problem>(&read))
    return *why;
  into = std::get<credentials>(std::move(read));
  if (into.self == node_identity{x.cluster, x.node})
    return std::nullopt;
  return problem{x.tls->certificate.string() + " is for the node \""
                 + into.self.node + "\" of the cluster \"" + into.self.cluster
                 + "\", not for \"" + x.node + "\" of \"" + x.cluster + "\""};
}

/// One attempt to connect, which owns itself until it is over.
struct attempt : std::enable_shared_from_this<attempt> {
  attempt(std::shared_ptr<server_core> c, connection::origin from)
    : core{std::move(c)},
      origin{std::move(from)},
      resolver{core->io},
      socket{core->io},
      timer{core->io} {}

  void start(const std::string& host, uint16_t port) {
    core->dialling[number] = [self = shared_from_this()] {
      self->fail("this node stops");
    };
    timer.expires_after(core->options.dial_within);
    timer.async_wait([self = shared_from_this()](error_code ec) {
      if (!ec)
        self->fail("no connection within "
                   + std::to_string(self->core->options.dial_within.count())
                   + " ms");
    });
    resolver.async_resolve(
      host, std::to_string(port), tcp::resolver::numeric_service,
      [self = shared_from_this()](error_code ec,
                                  const tcp::resolver::results_type& found) {
        if (ec)
          self->fail(ec.message());
        else
          self->connect(found);
      });
  }

  void connect(const tcp::resolver::results_type& found) {
    if (!origin.done || core->stopping)
      return fail("stopped");
    for (auto& each : found)
      if (!core->options.tls && !each.endpoint().address().is_loopback())
        return fail("a link to another machine needs certificates");
    net::async_connect(
      socket, found,
      [self = shared_from_this()](error_code ec, const tcp::endpoint& to) {
        if (ec)
          self->fail(ec.message());
        else
          self->hand_over(to);
      });
  }

  void hand_over(const tcp::endpoint& to) {
    if (!origin.done || core->stopping)
      return fail("stopped");
    timer.cancel();
    core->dialling.erase(number);
    origin.address = text_of(to);
    auto made =
      std::make_shared<connection>(core, std::move(socket), std::move(origin));
    origin.done = nullptr;
    core->strangers.insert(made);
    made->start();
  }

  void fail(const std::string& why) {
    auto done = std::exchange(origin.done, nullptr);
    if (!done)
      return;
    auto self = shared_from_this(); // which the next line may hold alone
    core->dialling.erase(number);
    timer.cancel();
    resolver.cancel();
    error_code none;
    socket.close(none);
    core->note("no link to " + origin.address + ": " + why);
    done(problem{origin.address + ": " + why});
  }

  std::shared_ptr<server_core> core;
  uint64_t number = ++core->last_dial;
  connection::origin origin;
  tcp::resolver resolver;
  tcp::socket socket;
  net::steady_timer timer;
};

class server : public link_server {
public:
  server(link_options options, link_hooks hooks)
    : core_{std::make_shared<server_core>(std::move(options),
                                          std::move(hooks))},
      acceptor_{core_->io},
      retry_{core_->io} {}

  ~server() override {
    net::post(core_->io, [this] { stop(); });
    if (!thread_.joinable())
      return;
    thread_.join();
    core_->io.restart(); // what has been given up releases what it holds
    core_->io.poll();
  }

  std::optional<problem> open() {
    credentials loaded;
    if (auto why = load(core_->options, loaded))
      return why;
    core_->use(std::move(loaded));
    tcp::endpoint at{net::ip::make_address(core_->options.host),
                     core_->options.port};
    error_code error;
    acceptor_.open(at.protocol(), error);
    if (!error)
      acceptor_.set_option(net::socket_base::reuse_address{true}, error);
    if (!error)
      acceptor_.bind(at, error);
    if (!error)
      acceptor_.listen(net::socket_base::max_listen_connections, error);
    if (error)
      return problem{"cannot listen on " + text_of(at) + ": "
                     + error.message()};
    port_ = acceptor_.local_endpoint().port();
    accept();
    thread_ = std::thread{[this] { run(); }};
    return std::nullopt;
  }

  uint16_t port() const override { return port_; }

  void dial(const std::string& host,
            uint16_t port,
            const std::string& node,
            dial_callback done) override {
    connection::origin from;
    from.address = host + ":" + std::to_string(port);
    from.dialled = true;
    from.expected = node;
    from.done = done ? std::move(done) : [](const outcome<link_ptr>&) {};
    net::post(core_->io, [core = core_, from = std::move(from), host, port] {
      if (core->stopping)
        from.done(problem{"stopped"});
      else
        std::make_shared<attempt>(core, from)->start(host, port);
    });
  }

  link_ptr find(const std::string& node) const override {
    return core_->find(node);
  }

  std::vector<link_ptr> links() const override {
    std::vector<link_ptr> out;
    for (auto& each : core_->links())
      out.push_back(each);
    return out;
  }

  outcome<node_identity> reload() override {
    credentials loaded;
    if (!core_->options.tls)
      return problem{"there are no certificates to be read again"};
    if (auto why = load(core_->options, loaded))
      return *why;
    auto self = loaded.self;
    core_->use(std::move(loaded));
    return self;
  }

private:
  void run() {
    sigset_t pipe; // OpenSSL writes without MSG_NOSIGNAL
    ::sigemptyset(&pipe);
    ::sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    core_->io.run();
  }

  void accept() {
    acceptor_.async_accept([this](error_code ec, tcp::socket s) {
      if (core_->stopping || ec == net::error::operation_aborted)
        return;
      if (ec)
        return accept_later(ec);
      take(std::move(s));
      accept();
    });
  }

  /// Out of descriptors, most likely: trying at once would only burn time.
  void accept_later(error_code why) {
    core_->note("cannot accept connections: " + why.message());
    retry_.expires_after(std::chrono::milliseconds{100});
    retry_.async_wait([this](error_code ec) {
      if (!ec)
        accept();
    });
  }

  void take(tcp::socket s) {
    error_code error;
    auto from = s.remote_endpoint(error);
    if (error)
      return; // gone already
    if (core_->strangers.size() >= core_->options.max_strangers)
      return core_->note("refused " + text_of(from)
                         + ": too many connections that have not said who "
                           "they are");
    connection::origin origin;
    origin.address = text_of(from);
    auto made =
      std::make_shared<connection>(core_, std::move(s), std::move(origin));
    core_->strangers.insert(made);
    made->start();
  }

  void stop() {
    core_->stopping = true;
    error_code none;
    acceptor_.close(none);
    retry_.cancel();
    for (auto& each : core_->links())
      each->end("this node stops");
    auto dialling = std::exchange(core_->dialling, {});
    for (auto& [number, give_up] : dialling)
      give_up();
    auto strangers = std::exchange(core_->strangers, {});
    for (auto& each : strangers)
      each->end("this node stops");
    core_->io.stop();
  }

  std::shared_ptr<server_core> core_;
  tcp::acceptor acceptor_;
  net::steady_timer retry_;
  uint16_t port_ = 0;
  std::thread thread_;
};

} // namespace

outcome<std::unique_ptr<link_server>> link_server::start(link_options options,
                                                         link_hooks hooks) {
  if (auto why = check(options))
    return *why;
  auto made = std::make_unique<server>(std::move(options), std::move(hooks));
  if (auto why = made->open())
    return *why;
  return std::unique_ptr<link_server>{std::move(made)};
}

} // namespace actors::link
