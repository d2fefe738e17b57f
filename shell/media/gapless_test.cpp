// Guards: the whole way from files to what is heard: an album cut out of one recording sounds as
// the recording. How: a recording is cut anywhere, each piece becomes a file of another format.
#include <doctest/doctest.h>

#include "core/render/render.hpp"
#include "shell/media/media_test_kit.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;
using render::Command;
using render::Mark;
using render::StreamFormat;

namespace {

// Plays the files in order, as a group would; all that comes out.
std::vector<float> play(const std::vector<std::string>& files, render::PcmFormat format) {
  auto render = render::Render::create(format, media().open_source);
  REQUIRE(render);
  auto ref = [&](std::size_t i) {
    return render::TrackRef{.track = TrackId{i + 1}, .entry = i, .path = files[i], .loudness = {}};
  };
  std::vector<Command> commands{render::Start{ref(0), {}}};
  std::size_t next = 1;
  if (next < files.size()) commands.push_back(render::SetNext{ref(next), {}});
  std::vector<float> out;
  render::Slice slice;
  do {
    (*render)->run({commands, (*render)->max_frames()}, slice);
    commands.clear();
    out.insert(out.end(), slice.pcm.begin(), slice.pcm.end());
    for (const Mark& mark : slice.marks) {
      REQUIRE_MESSAGE(mark.kind != Mark::Kind::failed, mark.error.text);
      REQUIRE_MESSAGE(mark.kind != Mark::Kind::next_failed, mark.error.text);
      if (mark.kind == Mark::Kind::began && mark.entry == next && ++next < files.size())
        commands.push_back(render::SetNext{ref(next), {}});
    }
  } while (slice.frames > 0);
  CHECK(slice.status == render::Status::ended);
  return out;
}

struct Album {
  std::vector<float> recording = music(44'100, 12 * 44'100 + 345);
  std::vector<std::string> files;
  std::string whole;
};

Album make_album(const TempDir& folder) {
  Album album;
  album.whole = folder / "whole.wav";
  spill(album.whole,
        encoded({.format = StreamFormat::wav, .sample_rate = 44'100}, album.recording));
  // Frames of the cuts; none falls on a block of any codec.
  const std::size_t cuts[] = {0, 88'201, 141'337, 260'003, 400'009, album.recording.size() / 2};
  const char* names[] = {"1.flac", "2.m4a", "3.wv", "4.aiff", "5.wav"};
  for (std::size_t i = 0; i < 5; ++i) {
    auto piece = std::span(album.recording).subspan(cuts[i] * 2, (cuts[i + 1] - cuts[i]) * 2);
    spill(folder / "piece.wav",
          encoded({.format = StreamFormat::wav, .sample_rate = 44'100}, piece));
    album.files.push_back(folder / names[i]);
    std::string codec = i == 1 ? " -c:a alac " : " ";
    REQUIRE(ffmpeg("-i " + folder / "piece.wav" + codec + album.files.back()));
  }
  return album;
}

}  // namespace

TEST_CASE("gapless: a recording cut into FLAC, ALAC, WavPack, AIFF and WAV comes out bit for bit") {
  TempDir folder;
  Album album = make_album(folder);
  CHECK(play(album.files, {44'100, 2}) == album.recording);
}

TEST_CASE("gapless: resampled, the pieces are bit for bit what the resampled whole is") {
  TempDir folder;
  Album album = make_album(folder);
  CHECK(play(album.files, {48'000, 2}) == play({album.whole}, {48'000, 2}));
}
