// The one file that sees Boost.JSON: its incremental parser, header-only, with our handler; none of
// its values.
#include "core/base/json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/src.hpp>
#include <charconv>
#include <iterator>

#include "core/base/json_index.hpp"

namespace tutti {
namespace {

namespace bj = boost::json;
using ErrorCode = boost::system::error_code;

// Builds a Json. `stack_` holds the open containers' members side by side: a container's end moves
// its own off the top into the place that waits below them. Items of arrays are members without a
// key.
class Handler {
 public:
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);

  void start(const JsonLimits& limits) {
    limits_ = limits;
    reason_ = nullptr;
    nodes_ = 0;
    part_.clear();
    stack_.clear();
    frames_.clear();
    frames_.push_back({0, false});
  }
  Json take() { return std::move(stack_.front().value); }
  // Nothing of a document stays behind but small buffers.
  void finish() {
    constexpr std::size_t kKeptMembers = 256;
    stack_.clear();
    if (stack_.capacity() > kKeptMembers) stack_.shrink_to_fit();
    part_.clear();
    if (part_.capacity() > kKeptMembers) part_.shrink_to_fit();
  }
  // What limit was met, or null.
  const char* reason() const { return reason_; }

  bool on_document_begin(ErrorCode&) { return true; }
  bool on_document_end(ErrorCode&) { return true; }
  bool on_array_begin(ErrorCode& ec) { return open(false, ec); }
  bool on_object_begin(ErrorCode& ec) { return open(true, ec); }
  bool on_array_end(std::size_t n, ErrorCode&) {
    JsonArray items;
    items.reserve(n);
    for (std::size_t i = frames_.back().start; i < stack_.size(); ++i)
      items.push_back(std::move(stack_[i].value));
    close(std::move(items));
    return true;
  }
  bool on_object_end(std::size_t, ErrorCode&) {
    auto first = stack_.begin() + static_cast<std::ptrdiff_t>(frames_.back().start);
    JsonObject members(std::make_move_iterator(first), std::make_move_iterator(stack_.end()));
    last_wins(members);
    close(std::move(members));
    return true;
  }

  bool on_string_part(bj::string_view s, std::size_t, ErrorCode&) { return keep(s); }
  bool on_string(bj::string_view s, std::size_t, ErrorCode& ec) {
    if (part_.empty()) return put(std::string(s.data(), s.size()), ec);
    keep(s);
    return put(std::exchange(part_, {}), ec);
  }
  bool on_key_part(bj::string_view s, std::size_t, ErrorCode&) { return keep(s); }
  bool on_key(bj::string_view s, std::size_t, ErrorCode&) {
    keep(s);
    stack_.emplace_back(std::move(part_), Json());
    part_.clear();
    return true;
  }

  // The text of a number comes in one piece, because the document does.
  bool on_number_part(bj::string_view s, ErrorCode&) { return keep(s); }
  bool on_int64(std::int64_t i, bj::string_view, ErrorCode& ec) {
    return part_.clear(), put(i, ec);
  }
  bool on_uint64(std::uint64_t u, bj::string_view, ErrorCode& ec) {
    return part_.clear(), put(u, ec);
  }
  // The parser's own double can be off by an ulp; the standard library's is exact.
  bool on_double(double rough, bj::string_view s, ErrorCode& ec) {
    keep(s);
    double exact = 0;
    auto read = std::from_chars(part_.data(), part_.data() + part_.size(), exact);
    part_.clear();
    if (read.ec == std::errc::result_out_of_range) {
      if (std::abs(rough) > 1) return ec = bj::error::exponent_overflow, false;
      exact = 0;
    }
    return put(exact, ec);
  }
  bool on_bool(bool b, ErrorCode& ec) { return put(b, ec); }
  bool on_null(ErrorCode& ec) { return put(nullptr, ec); }
  bool on_comment_part(bj::string_view, ErrorCode&) { return true; }
  bool on_comment(bj::string_view, ErrorCode&) { return true; }

 private:
  struct Frame {
    std::size_t start;
    bool object;
  };

  bool keep(bj::string_view s) {
    part_.append(s.data(), s.size());
    return true;
  }

  bool limit(const char* reason, ErrorCode& ec) {
    reason_ = reason;
    ec = bj::error::too_deep;  // any code: reason_ says more
    return false;
  }

  bool put(Json value, ErrorCode& ec) {
    if (++nodes_ > limits_.max_nodes) return limit("too many values", ec);
    if (frames_.back().object) {
      stack_.back().value = std::move(value);
    } else {
      stack_.emplace_back(std::string(), std::move(value));
    }
    return true;
  }

  bool open(bool object, ErrorCode& ec) {
    if (frames_.size() > limits_.max_depth) return limit("nested too deeply", ec);
    if (!put(nullptr, ec)) return false;
    frames_.push_back({stack_.size(), object});
    return true;
  }

  void close(Json container) {
    stack_.resize(frames_.back().start);
    frames_.pop_back();
    stack_.back().value = std::move(container);
  }

  static void last_wins(JsonObject& members) {
    if (members.size() < 2) return;
    JsonIndex index(members);
    std::vector<std::size_t> repeated;
    for (std::size_t i = 1; i < members.size(); ++i) {
      if (index.find(members[i].key) != i) repeated.push_back(i);
    }
    if (repeated.empty()) return;
    for (std::size_t i : repeated)
      members[index.find(members[i].key)].value = std::move(members[i].value);
    JsonObject unique;
    for (std::size_t i = 0, next = 0; i < members.size(); ++i) {
      if (next < repeated.size() && repeated[next] == i) {
        ++next;
      } else {
        unique.push_back(std::move(members[i]));
      }
    }
    members = std::move(unique);
  }

  JsonLimits limits_;
  const char* reason_ = nullptr;
  std::size_t nodes_ = 0;
  std::string part_;  // of a string, key or number that came in pieces
  std::vector<JsonMember> stack_;
  std::vector<Frame> frames_;
};

bj::parse_options strict() {
  bj::parse_options options;
  options.max_depth = kJsonDepthMax;  // the handler's own limit comes first
  return options;
}

}  // namespace

struct JsonParser::Impl {
  bj::basic_parser<Handler> parser{strict()};
};

JsonParser::JsonParser() : impl_(std::make_unique<Impl>()) {}
JsonParser::~JsonParser() = default;
JsonParser::JsonParser(JsonParser&&) noexcept = default;
JsonParser& JsonParser::operator=(JsonParser&&) noexcept = default;

Result<Json> JsonParser::parse(std::string_view text, const JsonLimits& limits) {
  bj::basic_parser<Handler>& parser = impl_->parser;
  parser.reset();
  parser.handler().start(limits);
  ErrorCode ec;
  std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && used < text.size()) ec = bj::error::extra_data;
  if (!ec) {
    Json json = parser.handler().take();
    parser.handler().finish();
    return json;
  }
  parser.handler().finish();
  const char* reason = parser.handler().reason();
  return fail(reason ? Code::too_large : Code::bad_request,
              "JSON, byte " + std::to_string(used) + ": " + (reason ? reason : ec.message()));
}

Result<Json> parse_json(std::string_view text, const JsonLimits& limits) {
  return JsonParser().parse(text, limits);
}

}  // namespace tutti
