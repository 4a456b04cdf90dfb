#include <shell/core/errors.hpp>
#include <shell/core/interrupt.hpp>
#include <shell/net/http_client.hpp>
#include <shell/text/tokens.hpp>
#include <shell/text/units.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>
#include <curl/curl.h>
#include <exception>

namespace lepton_shell {

namespace {

constexpr size_t largest_answer = size_t{64} << 20;

struct curl_library {
  curl_library() { curl_global_init(CURL_GLOBAL_DEFAULT); }

  ~curl_library() { curl_global_cleanup(); }
};

/// What the callbacks of one transfer share.
struct transfer {
  const http_request& request;
  CURL* curl;
  http_response response = {};
  uint64_t sent = 0;
  uint64_t received = 0;
  std::exception_ptr error = {};

  int status() const {
    long code = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    return static_cast<int>(code);
  }
};

/// A failure that another URL may cure.
struct connect_failed : unreachable {
  using unreachable::unreachable;
};

size_t on_body(char* data, size_t, size_t n, void* self) {
  auto& t = *static_cast<transfer*>(self);
  t.received += n;
  try {
    if (t.request.write && t.status() / 100 == 2) {
      t.request.write({data, n});
      return n;
    }
    if (t.response.body.size() + n > largest_answer)
      throw refusal("the answer is larger than " + bytes_text(largest_answer));
    t.response.body.append(data, n);
    return n;
  } catch (...) {
    t.error = std::current_exception();
    return 0;
  }
}

size_t on_header(char* data, size_t, size_t n, void* self) {
  auto& t = *static_cast<transfer*>(self);
  std::string_view line(data, n);
  auto colon = line.find(':');
  if (line.starts_with("HTTP/"))
    t.response.headers.clear(); // a provisional answer came before
  else if (colon != std::string_view::npos && t.response.headers.size() < 200) {
    std::string name(line.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
      return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    });
    t.response.headers[name] = trim(line.substr(colon + 1));
  }
  return n;
}

size_t on_read(char* to, size_t, size_t n, void* self) {
  auto& t = *static_cast<transfer*>(self);
  try {
    auto got = t.request.read(to, n, t.sent);
    t.sent += got;
    return got;
  } catch (...) {
    t.error = std::current_exception();
    return CURL_READFUNC_ABORT;
  }
}

int on_seek(void* self, curl_off_t offset, int origin) {
  if (origin != SEEK_SET)
    return CURL_SEEKFUNC_CANTSEEK;
  static_cast<transfer*>(self)->sent = static_cast<uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

int on_progress(void* self,
                curl_off_t down_total,
                curl_off_t down,
                curl_off_t up_total,
                curl_off_t up) {
  auto& t = *static_cast<transfer*>(self);
  try {
    check_interrupt();
    if (t.request.progress && t.request.read)
      t.request.progress(static_cast<uint64_t>(up),
                         static_cast<uint64_t>(up_total));
    else if (t.request.progress)
      t.request.progress(static_cast<uint64_t>(down),
                         static_cast<uint64_t>(down_total));
    return 0;
  } catch (...) {
    t.error = std::current_exception();
    return 1;
  }
}

/// Whether the URL's host is this machine: no proxy stands between.
bool is_loopback(const std::string& url) {
  auto parts = curl_url();
  char* host = nullptr;
  curl_url_set(parts, CURLUPART_URL, url.c_str(), 0);
  curl_url_get(parts, CURLUPART_HOST, &host, 0);
  std::string name = host != nullptr ? host : "";
  curl_free(host);
  curl_url_cleanup(parts);
  return name == "localhost" || name.starts_with("127.") || name == "[::1]";
}

std::string checked_url(std::string url) {
  url = trim(url);
  if (url.find("://") == std::string::npos)
    url = "http://" + url;
  while (url.ends_with('/'))
    url.pop_back();
  auto parts = curl_url();
  auto bad = curl_url_set(parts, CURLUPART_URL, url.c_str(), 0);
  char* query = nullptr;
  if (bad == CURLUE_OK
      && curl_url_get(parts, CURLUPART_QUERY, &query, 0) == CURLUE_OK)
    bad = CURLUE_BAD_QUERY;
  curl_free(query);
  curl_url_cleanup(parts);
  if (bad != CURLUE_OK
      || !(url.starts_with("http://") || url.starts_with("https://")))
    throw usage_error("--api: expected http://HOST:PORT or https://HOST:PORT, "
                      "got \""
                      + url + "\"");
  return url;
}

std::string full_url(const std::string& base, const http_request& request) {
  auto url = base + request.path;
  char separator = '?';
  for (auto& [name, value] : request.query) {
    url += separator + name + "=" + percent_encode(value);
    separator = '&';
  }
  return url;
}

long milliseconds(double seconds) {
  return std::max(1L, std::lround(std::min(seconds, 1e6) * 1000));
}

template <class T>
void set(CURL* curl, CURLoption option, T value) {
  curl_easy_setopt(curl, option, value);
}

/// How long a node that was asked may stay silent.
double answer_limit(const client_options& options,
                    const http_request& request) {
  return request.within_s > 0 ? request.within_s : options.timeout_s;
}

void set_limits(CURL* curl,
                const client_options& options,
                const http_request& request) {
  auto limit = answer_limit(options, request);
  auto connect = std::min(options.connect_timeout_s, limit);
  set(curl, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(connect));
  if (request.read || request.write) { // bulk: as long as it moves
    set(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(curl, CURLOPT_LOW_SPEED_TIME,
        std::max(1L, std::lround(std::ceil(limit))));
  } else {
    set(curl, CURLOPT_TIMEOUT_MS, milliseconds(limit + request.wait_s));
  }
}

void set_body(transfer& t) {
  auto curl = t.curl;
  auto& request = t.request;
  if (request.read) {
    set(curl, CURLOPT_UPLOAD, 1L);
    set(curl, CURLOPT_INFILESIZE_LARGE,
        static_cast<curl_off_t>(request.body_bytes));
    set(curl, CURLOPT_READFUNCTION, &on_read);
    set(curl, CURLOPT_READDATA, &t);
    set(curl, CURLOPT_SEEKFUNCTION, &on_seek);
    set(curl, CURLOPT_SEEKDATA, &t);
  } else if (!request.body.empty() || request.method == "POST") {
    set(curl, CURLOPT_POSTFIELDSIZE_LARGE,
        static_cast<curl_off_t>(request.body.size()));
    set(curl, CURLOPT_POSTFIELDS, request.body.data());
  }
  set(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

/// Whether nothing of the request can have arrived. The bytes sent tell it also
/// on a connection that was kept, where the time of connecting is 0.
bool never_asked(CURLcode code, CURL* curl) {
  long sent = 0;
  curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &sent);
  return code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST
         || code == CURLE_COULDNT_RESOLVE_PROXY
         || code == CURLE_SSL_CONNECT_ERROR
         || code == CURLE_PEER_FAILED_VERIFICATION
         || (code == CURLE_OPERATION_TIMEDOUT && sent == 0);
}

[[noreturn]] void fail(const transfer& t,
                       CURLcode code,
                       const std::string& url,
                       const char* details,
                       double limit) {
  if (t.error)
    std::rethrow_exception(t.error);
  std::string why = *details != '\0' ? details : curl_easy_strerror(code);
  if (never_asked(code, t.curl))
    throw connect_failed(url + ": cannot be reached: " + why);
  if (code == CURLE_OPERATION_TIMEDOUT)
    throw unreachable(url + ": was reached, but did not answer within "
                      + span_text(limit));
  if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY
      || code == CURLE_HTTP2)
    throw refusal(url + " does not speak HTTP: " + why);
  throw unreachable(url + ": the connection broke: " + why);
}

/// Whether doing it twice does no harm. All our PUTs store content by name or
/// by hash.
bool repeatable(const http_request& request) {
  return !request.write && request.method != "POST"
         && request.method != "DELETE";
}

} // namespace

struct http_client::handle {
  handle() : curl(curl_easy_init()) {}

  ~handle() {
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
  }

  handle(const handle&) = delete;
  handle& operator=(const handle&) = delete;

  void set_headers(const http_request& request, const std::string& token) {
    curl_slist_free_all(headers);
    headers = nullptr;
    add("Expect:"); // curl would wait for "100 Continue"
    add("Accept: application/json, */*");
    if (!request.body.empty() || request.read || request.method == "POST")
      add("Content-Type: " + request.content_type);
    if (!token.empty())
      add("Authorization: Bearer " + token);
    set(curl, CURLOPT_HTTPHEADER, headers);
  }

  void add(const std::string& line) {
    headers = curl_slist_append(headers, line.c_str());
  }

  CURL* curl;
  curl_slist* headers = nullptr;
};

http_client::http_client(client_options options)
  : options_(std::move(options)) {
  static curl_library library;
  for (auto& url : options_.urls)
    url = checked_url(url);
  if (options_.urls.empty())
    throw usage_error("--api: no URL given");
  handle_ = std::make_unique<handle>();
}

http_client::~http_client() = default;

const std::string& http_client::url() const {
  return options_.urls[current_];
}

http_response http_client::send(const http_request& request) {
  std::string reasons;
  auto reached = false;
  auto first = current_;
  for (size_t i = 0; i < options_.urls.size(); ++i) {
    current_ = (first + i) % options_.urls.size();
    try {
      return send_to(url(), request);
    } catch (const connect_failed& e) {
      reasons += (reasons.empty() ? "" : "; ") + std::string(e.what());
    } catch (const unreachable& e) {
      if (!repeatable(request))
        throw;
      reached = true;
      reasons += (reasons.empty() ? "" : "; ") + std::string(e.what());
    }
  }
  current_ = first;
  throw unreachable(
    (reached ? "no node answered: " : "no node can be reached: ") + reasons);
}

http_response http_client::send_to(const std::string& url,
                                   const http_request& request) {
  auto curl = handle_->curl;
  curl_easy_reset(curl); // keeps the connections
  transfer t{request, curl};
  char details[CURL_ERROR_SIZE] = "";
  auto target = full_url(url, request);
  set(curl, CURLOPT_URL, target.c_str());
  set(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  set(curl, CURLOPT_NOSIGNAL, 1L);
  set(curl, CURLOPT_ERRORBUFFER, &details[0]);
  set(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  set(curl, CURLOPT_HTTP09_ALLOWED, 0L);
  set(curl, CURLOPT_USERAGENT, "lepton");
  if (is_loopback(url))
    set(curl, CURLOPT_NOPROXY, "*");
  set(curl, CURLOPT_WRITEFUNCTION, &on_body);
  set(curl, CURLOPT_WRITEDATA, &t);
  set(curl, CURLOPT_HEADERFUNCTION, &on_header);
  set(curl, CURLOPT_HEADERDATA, &t);
  set(curl, CURLOPT_NOPROGRESS, 0L);
  set(curl, CURLOPT_XFERINFOFUNCTION, &on_progress);
  set(curl, CURLOPT_XFERINFODATA, &t);
  handle_->set_headers(request, options_.token);
  set_limits(curl, options_, request);
  set_body(t);
  auto code = curl_easy_perform(curl);
  t.response.status = t.status();
  // The server may answer before it has read everything (413, 422).
  auto early = code == CURLE_SEND_ERROR && t.response.status >= 400;
  if (code != CURLE_OK && !early)
    fail(t, code, url, details,
         answer_limit(options_, request) + request.wait_s);
  return std::move(t.response);
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
                                     "opqrstuvwxyz0123456789-._~";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (auto c : text) {
    if (plain.find(c) != std::string_view::npos) {
      encoded += c;
      continue;
    }
    auto byte = static_cast<unsigned char>(c);
    encoded += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  return encoded;
}

} // namespace lepton_shell
