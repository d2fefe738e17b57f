#pragma once
// AvSource: a file's decoded audio, exact to the frame. Thread: one at a time.

#include <memory>
#include <string>
#include <vector>

#include "core/render/source.hpp"
#include "shell/media/av/input.hpp"

namespace tutti::shell::av {

class AvSource final : public render::Source {
 public:
  static Result<std::unique_ptr<render::Source>> open(const std::string& path);

  // See seek_by in source.cpp.
  enum class SeekBy : std::uint8_t { timestamp, walk, decoding };

  const render::SourceInfo& info() const override { return info_; }
  Result<std::size_t> read(std::span<float> out) override;
  Result<void> seek(std::int64_t frame) override;

 private:
  explicit AvSource(const std::string& path) : path_(path) {}
  Result<void> reopen();
  void learn();
  std::int64_t exact_frames() const;
  Result<bool> decode();  // one frame's samples into pcm_; false: the end
  void cut_start();
  void drop_lead();
  void trim();
  Result<bool> place(const AVFrame& frame);
  Result<void> jump(std::int64_t frame);
  Result<void> drop_until(std::int64_t frame);
  std::int64_t at() const;  // the frame that pcm_ begins with
  std::int64_t to_timestamp(std::int64_t frame) const;
  Result<bool> end();

  std::string path_;
  std::unique_ptr<AvInput> input_;
  render::SourceInfo info_;
  std::int64_t origin_ = AV_NOPTS_VALUE;  // the timestamp of frame 0
  std::int64_t decoded_ = 0;              // the frame behind the last in pcm_
  std::int64_t lead_ = 0;                 // frames before frame 0, which are not heard
  SeekBy seek_by_ = SeekBy::decoding;
  bool placed_ = true;  // decoded_ is known; not just after a jump
  bool trims_ = false;  // the container knows the end better than the decoder
  bool ended_ = false;
  std::vector<float> pcm_;
  std::size_t pcm_at_ = 0;
};

}  // namespace tutti::shell::av
