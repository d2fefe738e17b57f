// FileOutput. Thread: its caller's, one at a time.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>

#include "shell/loop/descriptor.hpp"
#include "shell/speaker/output.hpp"
#include "shell/speaker/wav_header.hpp"

namespace tutti::shell {
namespace {

constexpr std::size_t kBuffer = 64 * 1024;

Error file_error(const std::string& path, int number) {
  Code code = Code::io;
  std::string hint;
  if (number == ENOENT) code = Code::not_found;
  if (number == EACCES || number == EPERM || number == EROFS) code = Code::forbidden;
  if (number == ENOSPC || number == EDQUOT || number == EFBIG) {
    code = Code::no_space;
    hint = "make room and start again; what is written so far can be played";
  }
  return Error{code, path + ": " + std::strerror(number), hint, 0};
}

class FileOutput final : public Output {
 public:
  FileOutput(std::string path, Descriptor file, render::PcmFormat format, int bits)
      : path_(std::move(path)),
        file_(std::move(file)),
        format_(format),
        bits_(bits),
        seekable_(::lseek(file_.get(), 0, SEEK_CUR) >= 0) {
    buffer_ = wav_header(format_, bits_, seekable_ ? 0 : -1);
  }
  ~FileOutput() override {
    if (file_.get() >= 0) (void)finish();
  }

  render::PcmFormat format() const override { return format_; }

  Result<void> write(std::span<const float> samples) override {
    double scale = std::ldexp(1.0, bits_ - 1);
    for (float x : samples) {
      double y = std::isfinite(x) ? std::clamp(std::nearbyint(x * scale), -scale, scale - 1) : 0;
      auto value = static_cast<std::uint32_t>(static_cast<std::int32_t>(y));
      for (int shift = 0; shift < bits_; shift += 8)
        buffer_.push_back(static_cast<char>(value >> shift));
    }
    data_ += static_cast<std::int64_t>(samples.size()) * (bits_ / 8);
    std::int64_t second = std::int64_t{format_.sample_rate} * format_.channels * (bits_ / 8);
    bool renew = data_ - told_ >= second;
    if (buffer_.size() < kBuffer && !renew) return {};
    if (auto done = flush(); !done) return done;
    return renew ? tell_sizes() : Result<void>{};
  }

  Result<void> finish() override {
    if (data_ % 2 != 0) buffer_.push_back('\0');  // chunks are even
    auto done = flush();
    if (done) done = tell_sizes();
    // Some file systems report a full disk only here. A pipe has nothing to sync.
    if (done && seekable_ && ::fsync(file_.get()) != 0)
      done = std::unexpected(file_error(path_, errno));
    file_ = Descriptor();
    return done;
  }

 private:
  Result<void> flush() {
    std::size_t at = 0;
    while (at < buffer_.size()) {
      ssize_t n = ::write(file_.get(), buffer_.data() + at, buffer_.size() - at);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        int error = errno;
        buffer_.erase(0, at);
        if (seekable_) (void)tell_sizes();  // what is there is a file that plays
        return std::unexpected(file_error(path_, error));
      }
      at += static_cast<std::size_t>(n);
    }
    buffer_.clear();
    return {};
  }

  // Only of samples that the file already has.
  Result<void> tell_sizes() {
    told_ = data_;
    if (!seekable_) return {};
    auto waiting = static_cast<std::int64_t>(buffer_.size());
    std::string header = wav_header(format_, bits_, std::max<std::int64_t>(0, data_ - waiting));
    if (::pwrite(file_.get(), header.data(), header.size(), 0) !=
        static_cast<ssize_t>(header.size()))
      return std::unexpected(file_error(path_, errno));
    return {};
  }

  std::string path_;
  Descriptor file_;
  render::PcmFormat format_;
  int bits_;
  bool seekable_;
  std::string buffer_;     // not written yet
  std::int64_t data_ = 0;  // bytes of samples taken
  std::int64_t told_ = 0;  // when the header was last renewed
};

}  // namespace

Result<std::unique_ptr<Output>> open_wav_output(const std::string& path, render::PcmFormat format,
                                                int bits) {
  if (bits != 16 && bits != 24) return fail(Code::bad_request, "a WAV file has 16 or 24 bits here");
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (file.get() < 0) return std::unexpected(file_error(path, errno));
  return std::make_unique<FileOutput>(path, std::move(file), format, bits);
}

}  // namespace tutti::shell
