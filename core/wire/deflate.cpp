#include "core/wire/deflate.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "core/base/check.hpp"

namespace tutti::wire {
namespace {

// RFC 7692 section 7.2.1: an empty stored block that every flush ends with; cut off by the sender.
constexpr std::byte kTail[] = {std::byte{0}, std::byte{0}, std::byte{0xff}, std::byte{0xff}};
constexpr std::size_t kFirstOutput = 4096;
constexpr std::size_t kKeptOutput = 64 * 1024;
constexpr int kMemLevel = 8;

// zlib's allocations, counted: the size stands before each block.
constexpr std::size_t kPrefix = alignof(std::max_align_t);

void* counted_alloc(void* total, unsigned items, unsigned size) {
  std::size_t bytes = std::size_t{items} * size;
  auto* block = static_cast<std::byte*>(std::malloc(bytes + kPrefix));
  if (block == nullptr) return nullptr;
  std::memcpy(block, &bytes, sizeof bytes);
  *static_cast<std::size_t*>(total) += bytes;
  return block + kPrefix;
}

void counted_free(void* total, void* memory) {
  auto* block = static_cast<std::byte*>(memory) - kPrefix;
  std::size_t bytes = 0;
  std::memcpy(&bytes, block, sizeof bytes);
  *static_cast<std::size_t*>(total) -= bytes;
  std::free(block);
}

void feed(z_stream& stream, ByteView bytes) {
  // zlib takes no const, and changes nothing.
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
}

template <class State>
std::unique_ptr<State> make_state(Context context) {
  auto state = std::make_unique<State>();
  state->context = context;
  state->stream.zalloc = counted_alloc;
  state->stream.zfree = counted_free;
  state->stream.opaque = &state->zlib_bytes;
  return state;
}

// Between two blocks, on a byte: where a message has to end (zlib.h on data_type).
bool at_boundary(const z_stream& stream) {
  return (stream.data_type & 128) != 0 && (stream.data_type & 7) == 0;
}

}  // namespace

struct Deflater::State {
  z_stream stream{};
  std::size_t zlib_bytes = 0;
  Context context = Context::forgotten;
  ~State() { deflateEnd(&stream); }
};

struct Inflater::State {
  z_stream stream{};
  std::size_t zlib_bytes = 0;
  Context context = Context::forgotten;
  std::vector<std::byte> output;
  ~State() { inflateEnd(&stream); }

  Result<std::size_t> run(ByteView input, std::size_t written, std::size_t max_bytes);
  void grow(std::size_t max_bytes);
};

Deflater::Deflater(std::unique_ptr<State> state) : state_(std::move(state)) {}
Deflater::Deflater(Deflater&&) noexcept = default;
Deflater& Deflater::operator=(Deflater&&) noexcept = default;
Deflater::~Deflater() = default;
std::size_t Deflater::held_bytes() const { return state_->zlib_bytes; }

Result<Deflater> Deflater::create(int window_bits, Context context) {
  INVARIANT(window_bits >= 8 && window_bits <= 15);
  auto state = make_state<State>(context);
  // zlib has no window of 8 bits. With 9 it looks back at most 512 - 262 bytes (deflate.h,
  // MAX_DIST), which 8 hold.
  int bits = std::max(window_bits, 9);
  if (deflateInit2(&state->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -bits, kMemLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return fail(Code::overloaded, "no memory for compression");
  }
  return Deflater(std::move(state));
}

std::string Deflater::compress(ByteView payload) {
  INVARIANT(payload.size() <= UINT32_MAX / 2);
  z_stream& stream = state_->stream;
  if (payload.empty())
    return std::string(1, '\0');  // RFC 7692 section 7.2.3.6; zlib flushes nothing twice
  std::string out(deflateBound(&stream, payload.size()) + 16, '\0');
  feed(stream, payload);
  std::size_t size = 0;
  do {
    if (size == out.size()) out.resize(out.size() + out.size() / 2);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + size);
    stream.avail_out = static_cast<uInt>(out.size() - size);
    int result = deflate(&stream, Z_SYNC_FLUSH);
    INVARIANT(result == Z_OK || result == Z_BUF_ERROR);
    size = out.size() - stream.avail_out;
  } while (stream.avail_out == 0);
  INVARIANT(size >= 5 && std::memcmp(out.data() + size - 4, kTail, 4) == 0);
  out.resize(size - 4);
  if (state_->context == Context::forgotten) deflateReset(&stream);
  return out;
}

Inflater::Inflater(std::unique_ptr<State> state) : state_(std::move(state)) {}
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;
Inflater::~Inflater() = default;
std::size_t Inflater::held_bytes() const { return state_->zlib_bytes + state_->output.capacity(); }

Result<Inflater> Inflater::create(int window_bits, Context context) {
  INVARIANT(window_bits >= 8 && window_bits <= 15);
  auto state = make_state<State>(context);
  if (inflateInit2(&state->stream, -window_bits) != Z_OK)
    return fail(Code::overloaded, "no memory for decompression");
  return Inflater(std::move(state));
}

// Doubles up to one byte more than allowed: that byte tells "too big" from "just fits".
void Inflater::State::grow(std::size_t max_bytes) {
  std::size_t size = std::min(std::max(output.size() * 2, kFirstOutput), max_bytes + 1);
  output.reserve(size);  // exactly, where resize might double once more
  output.resize(size);
}

// Consumes all input; the output's size after it.
Result<std::size_t> Inflater::State::run(ByteView input, std::size_t written,
                                         std::size_t max_bytes) {
  feed(stream, input);
  for (;;) {
    if (written == output.size()) grow(max_bytes);
    std::size_t room = std::min(output.size(), max_bytes + 1) - written;
    stream.next_out = reinterpret_cast<Bytef*>(output.data() + written);
    stream.avail_out = static_cast<uInt>(room);
    int result = ::inflate(&stream, Z_SYNC_FLUSH);
    written += room - stream.avail_out;
    if (written > max_bytes)
      return fail(Code::message_too_big, "the message inflates to more than the limit");
    if (result == Z_STREAM_END) {
      // A final block does not end the connection's stream (RFC 7692 section 7.2.3.5); its window
      // goes on.
      inflateResetKeep(&stream);
      if (stream.avail_in == 0) return written;
      continue;
    }
    if (result == Z_MEM_ERROR) return fail(Code::overloaded, "no memory for decompression");
    if (result != Z_OK && result != Z_BUF_ERROR)
      return fail(Code::protocol, "the message is no deflate stream");
    if (stream.avail_out != 0) return written;
  }
}

Result<ByteView> Inflater::inflate(ByteView compressed, std::size_t max_bytes) {
  INVARIANT(max_bytes < UINT32_MAX && compressed.size() < UINT32_MAX);
  if (state_->context == Context::forgotten) inflateReset(&state_->stream);
  if (compressed.empty()) return ByteView{};
  auto written = state_->run(compressed, 0, max_bytes);
  if (!written) return std::unexpected(written.error());
  // A sender that flushed before an empty last fragment has left the tail in.
  if (!at_boundary(state_->stream)) written = state_->run(kTail, *written, max_bytes);
  if (!written) return std::unexpected(written.error());
  if (!at_boundary(state_->stream))
    return fail(Code::protocol, "the message ends within a deflate block");
  return ByteView(state_->output).first(*written);
}

void Inflater::release_output() {
  if (state_->context == Context::kept || state_->output.capacity() > kKeptOutput) {
    std::vector<std::byte>().swap(state_->output);  // `= {}` would keep the capacity
  }
}

}  // namespace tutti::wire
