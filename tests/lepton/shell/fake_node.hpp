#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

/// A node that answers what the test says, over real sockets: one thread for
/// each connection, closed with the object.

namespace lepton_test {

struct fake_request {
  std::string method;
  std::string target; ///< path and query as sent
  std::string body;
  std::map<std::string, std::string> headers; ///< names in small letters
};

struct fake_answer {
  int status = 200;
  std::string body = {};
  std::vector<std::string> headers = {};
  bool cut = false;     ///< announces twice the bytes, then hangs up
  bool silent = false;  ///< never answers
  std::string raw = {}; ///< sent instead of HTTP when not empty
};

class fake_node {
public:
  using handler = std::function<fake_answer(const fake_request&)>;

  explicit fake_node(handler answer, int port = 0);
  ~fake_node();
  fake_node(const fake_node&) = delete;
  fake_node& operator=(const fake_node&) = delete;

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(port_);
  }

  int port() const { return port_; }

  /// The requests so far.
  std::vector<fake_request> requests() const;

  /// How many connections have been made.
  size_t connections() const { return connections_; }

private:
  void accept_loop();
  void serve(int fd);
  bool answer(int fd, const fake_request& request);

  handler answer_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<size_t> connections_ = 0;
  mutable std::mutex mutex_;
  std::vector<fake_request> requests_;
  std::vector<int> open_;
  std::list<std::thread> threads_;
  std::thread acceptor_;
};

/// An answer by exact target; anything else is 404.
fake_node::handler
answers(std::map<std::string, std::string> by_method_and_target);

} // namespace lepton_test
