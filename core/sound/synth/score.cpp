// The music of the demo album. Composed for it; CC0.

#include <array>
#include <initializer_list>
#include <span>

#include "core/sound/synth/piece.hpp"

namespace tutti::sound::synth {
namespace {

using enum Instrument;

// Writes notes in beats.
class Pen {
 public:
  Pen(Piece& piece, double beats_a_minute) : piece_(piece), beat_(60 / beats_a_minute) {}
  void note(Instrument instrument, double beat, double length, double key, double velocity,
            double pan = 0) {
    piece_.notes.push_back({beat * beat_, length * beat_, key, velocity, instrument, pan});
  }
  // A line of {key, length}; key 0 rests.
  struct Step {
    double key;
    double length;
  };
  void line(Instrument instrument, double beat, std::span<const Step> steps, double velocity,
            double pan = 0, double sustain = 1) {
    for (const Step& step : steps) {
      if (step.key > 0) note(instrument, beat, step.length * sustain, step.key, velocity, pan);
      beat += step.length;
    }
  }
  void end(double beat, double tail) { piece_.seconds = beat * beat_ + tail; }
  double seconds(double beat) const { return beat * beat_; }

 private:
  Piece& piece_;
  double beat_;
};

// Keys from low to high.
using Chord = std::array<double, 5>;

// 6/8 in G: a guitar picked, then a kalimba that sings over it.
Recording kitchen() {
  Recording recording{.titles = {"Morning in the Kitchen"}};
  recording.piece = {.room = 0.16, .reverberation = 1.3};
  Pen pen(recording.piece, 206);  // eighths
  constexpr Chord kChords[] = {{43, 55, 59, 62, 67}, {42, 54, 57, 62, 66}, {40, 55, 59, 64, 67},
                               {48, 55, 60, 64, 67}, {47, 55, 59, 62, 67}, {45, 55, 60, 64, 69},
                               {50, 57, 60, 62, 66}, {43, 55, 59, 62, 71}};
  constexpr int kPattern[] = {0, 2, 3, 4, 3, 2};
  for (int bar = 0; bar < 32; ++bar) {
    const Chord& chord = kChords[bar % 8];
    for (int i = 0; i < 6; ++i) {
      int which = bar % 4 == 3 && i == 4 ? 1 : kPattern[i];
      double strength = i == 0 ? 0.75 : i == 3 ? 0.6 : 0.48;
      pen.note(guitar, bar * 6 + i, i == 0 ? 6 : 3.5, chord[static_cast<std::size_t>(which)],
               strength, -0.25);
    }
    if (bar >= 16) pen.note(bass, bar * 6, 5.5, chord[0], 0.55, 0.05);
  }
  constexpr Pen::Step kSong[] = {{83, 3}, {81, 2}, {79, 1}, {78, 4}, {81, 2}, {79, 3},
                                 {76, 3}, {74, 6}, {74, 3}, {76, 2}, {79, 1}, {81, 4},
                                 {83, 2}, {84, 3}, {81, 2}, {78, 1}, {79, 6}};
  pen.line(kalimba, 8 * 6, kSong, 0.6, 0.35);
  pen.line(kalimba, 16 * 6, kSong, 0.62, 0.35);
  pen.line(glockenspiel, 24 * 6, kSong, 0.42, 0.5);
  pen.line(kalimba, 24 * 6, kSong, 0.6, 0.3);
  for (double key : {43.0, 55.0, 62.0, 67.0, 71.0})
    pen.note(guitar, 32 * 6 + (key - 43) / 30, 12, key, 0.55, -0.2);
  pen.end(32 * 6 + 6, 3);
  return recording;
}

// Two marimbas play one pattern; the second moves an eighth ahead from time to time (after Steve
// Reich's way of working). The hallway opens where the stairs end: one recording, two tracks.
void stairs(Pen& pen, int bars) {
  constexpr double kRoots[] = {0, 0, -3, -3, -7, -7, -5, -5};
  constexpr double kSteps[] = {74, 69, 78, 76, 69, 81, 74, 76, 69, 78, 71, 76};
  for (int bar = 0; bar < bars; ++bar) {
    double shift = kRoots[(bar / 2) % 8] < -5 ? -2 : 0;  // keeps to the scale over G
    for (int i = 0; i < 12; ++i) {
      double beat = bar * 12 + i;
      pen.note(marimba, beat, 1, kSteps[i] + (kSteps[i] == 69 ? shift : 0),
               i % 3 == 0 ? 0.72 : 0.52, -0.5);
      if (bar < 4) continue;
      int ahead = (i + (bar - 2) / 3) % 12;
      pen.note(marimba, beat, 1, kSteps[ahead] - (bar >= 12 && ahead % 4 == 1 ? 12 : 0), 0.5, 0.5);
    }
    if (bar >= 8)
      pen.note(bass, bar * 12, 10,
               38 + kRoots[(bar / 2) % 8] + (kRoots[(bar / 2) % 8] < -5 ? 12 : 0), 0.6);
    if (bar >= 10)
      for (int i = 0; i < 12; i += 3)
        pen.note(shaker, bar * 12 + i + (i % 2), 1, 60, i == 0 ? 0.5 : 0.34, 0.2);
  }
}

void hallway(Pen& pen, int from, int bars) {
  constexpr Pen::Step kSong[] = {{74, 9}, {76, 3}, {78, 12}, {76, 6}, {74, 3}, {71, 3}, {69, 12},
                                 {71, 6}, {74, 6}, {76, 9},  {74, 3}, {73, 6}, {76, 6}, {74, 12}};
  constexpr double kAir[][3] = {{50, 57, 66}, {47, 59, 66}, {43, 59, 62}, {45, 57, 61}};
  double beat = from * 12;
  for (int bar = 0; bar + 2 <= bars; bar += 2)
    for (double key : kAir[(bar / 2) % 4])
      pen.note(air, beat + bar * 12, 23, key, 0.6, (key - 57) / 20);
  pen.line(clarinet, beat + 12, kSong, 0.6, 0.1, 0.96);
  pen.line(clarinet, beat + 9 * 12, kSong, 0.7, 0.1, 0.96);
  for (int bar = 8; bar < bars; bar += 2) {
    pen.note(glockenspiel, beat + bar * 12 + 5, 4, 93, 0.4, -0.3);
    pen.note(glockenspiel, beat + bar * 12 + 7, 4, 90, 0.35, 0.3);
  }
}

Recording stairs_and_hallway() {
  constexpr int kStairs = 18;
  constexpr int kHallway = 18;
  Recording recording{.titles = {"Stairs", "Hallway"}};
  recording.piece = {.room = 0.2, .reverberation = 1.9};
  Pen pen(recording.piece, 308);
  stairs(pen, kStairs + kHallway);
  hallway(pen, kStairs, kHallway);
  int end = (kStairs + kHallway) * 12;
  for (double key : {38.0, 50.0, 57.0, 62.0, 66.0, 74.0})
    pen.note(key < 45 ? bass : vibraphone, end, 14, key, 0.6, (key - 56) / 40);
  pen.end(end + 8, 3.5);
  // Between two strokes, while bars, strings and the room still ring.
  recording.cuts = {pen.seconds(kStairs * 12)};
  return recording;
}

// Slow, D dorian: a harp, vibraphone chords, and drops that fall where they like.
Recording rain() {
  Recording recording{.titles = {"Rain on the Window"}};
  recording.piece = {.room = 0.34, .reverberation = 3.2};
  Pen pen(recording.piece, 63);
  constexpr Chord kChords[] = {{38, 57, 60, 64, 65}, {43, 55, 59, 62, 69}, {36, 55, 59, 64, 67},
                               {41, 57, 60, 64, 72}, {38, 57, 60, 65, 69}, {40, 55, 59, 62, 67},
                               {45, 55, 60, 64, 67}, {38, 57, 62, 64, 69}};
  constexpr double kDrops[] = {86, 88, 89, 91, 93, 95, 96, 98};
  Noise sky(11);
  for (int bar = 0; bar < 16; ++bar) {
    const Chord& chord = kChords[bar % 8];
    double beat = bar * 4;
    for (int i = 0; i < 8; ++i) {
      double up =
          i < 5 ? chord[static_cast<std::size_t>(i)] : chord[static_cast<std::size_t>(8 - i)] + 12;
      pen.note(harp, beat + i * 0.5, 4, up, i == 0 ? 0.7 : 0.45, -0.35 + 0.08 * i);
    }
    if (bar >= 4)
      for (std::size_t i = 2; i < 5; ++i)
        pen.note(vibraphone, beat + 0.06 * static_cast<double>(i), 3.7,
                 chord[i] + (i == 2 ? 12 : 0), 0.4, 0.4);
    int drops = bar < 2 || bar > 13 ? 1 : 3 + bar % 3;
    for (int i = 0; i < drops; ++i) {
      auto which = static_cast<std::size_t>((sky.next() + 1) * 3.999);
      pen.note(glockenspiel, beat + (sky.next() + 1) * 2, 2, kDrops[which], 0.2 + 0.1 * sky.next(),
               0.8 * sky.next());
    }
  }
  constexpr Pen::Step kSong[] = {{69, 3}, {72, 1}, {71, 4}, {67, 2}, {71, 2}, {69, 4}, {65, 2},
                                 {69, 2}, {67, 3}, {64, 1}, {64, 2}, {67, 2}, {69, 4}};
  pen.line(clarinet, 24, kSong, 0.5, -0.1, 0.95);
  for (double key : {38.0, 57.0, 60.0, 64.0, 69.0, 76.0})
    pen.note(harp, 64 + (key - 38) / 30, 8, key, 0.5, (key - 57) / 30);
  pen.end(68, 5);
  return recording;
}

// Bars of the groove: who plays depends on how many have sat down.
void table_bar(Pen& pen, int bar, const Chord& chord) {
  double beat = bar * 4;
  constexpr double kBass[] = {0, 1.5, 2, 3, 3.5};
  for (double at : kBass)
    pen.note(bass, beat + at, at == 0 ? 1.4 : 0.45,
             chord[0] + (at == 3     ? 7
                         : at == 3.5 ? 12
                                     : 0),
             at == 0 ? 0.75 : 0.58);
  for (double at : {0.0, 1.0, 2.0, 3.0}) {
    if (bar >= 4)
      for (std::size_t i = 1; i < 5; ++i)
        pen.note(guitar, beat + at + 0.5 + 0.012 * static_cast<double>(i), 0.35, chord[i], 0.42,
                 -0.45);
    if (bar >= 8 && at != 1 && at != 3) pen.note(kick, beat + at, 1, 36, 0.75);
    if (bar >= 8 && (at == 1 || at == 3)) pen.note(brush, beat + at, 1, 60, 0.6, 0.1);
    if (bar >= 4) {
      pen.note(shaker, beat + at, 1, 60, 0.3, 0.4);
      pen.note(shaker, beat + at + 0.5, 1, 60, 0.48, 0.4);
    }
  }
}

// 4/4, C with a flat seventh now and then: one after the other sits down and plays.
Recording table() {
  Recording recording{.titles = {"Everyone at the Table"}};
  recording.piece = {.room = 0.17, .reverberation = 1.4};
  Pen pen(recording.piece, 116);
  constexpr Chord kChords[] = {
      {36, 55, 60, 64, 67}, {46 - 12, 58, 62, 65, 70}, {41, 57, 60, 65, 69}, {43, 55, 59, 62, 67}};
  constexpr Pen::Step kRiff[] = {
      {72, .5}, {76, .5}, {79, .5}, {76, .5}, {74, .5}, {72, .5}, {0, .5}, {67, .5},
      {70, .5}, {74, .5}, {77, .5}, {74, .5}, {72, .5}, {70, .5}, {0, .5}, {65, .5},
      {69, .5}, {72, .5}, {77, .5}, {76, .5}, {74, .5}, {72, .5}, {0, .5}, {69, .5},
      {71, .5}, {74, .5}, {79, .5}, {77, .5}, {74, .5}, {71, .5}, {67, 1}};
  constexpr Pen::Step kSong[] = {{79, 2},  {76, 1}, {79, 1}, {77, 2},   {74, 2},  {72, 1.5},
                                 {74, .5}, {77, 2}, {74, 3}, {71, 1},   {72, 2},  {76, 1},
                                 {79, 1},  {82, 2}, {77, 2}, {81, 1.5}, {79, .5}, {77, 1},
                                 {76, 1},  {74, 2}, {71, 2}};
  for (int bar = 0; bar < 32; ++bar) table_bar(pen, bar, kChords[bar % 4]);
  for (int bar = 4; bar < 32; bar += 4) pen.line(marimba, bar * 4, kRiff, 0.6, 0.4);
  for (int bar = 12; bar < 28; bar += 8) pen.line(clarinet, bar * 4, kSong, 0.62, -0.1, 0.93);
  for (int bar = 20; bar < 32; bar += 4) pen.line(kalimba, bar * 4, kRiff, 0.42, -0.6);
  pen.line(glockenspiel, 24 * 4, kSong, 0.3, 0.6);
  for (double key : {36.0, 55.0, 60.0, 64.0, 67.0, 72.0, 76.0})
    pen.note(key < 40 ? bass : key < 70 ? guitar : vibraphone, 128, 6, key, 0.65, (key - 58) / 40);
  pen.note(kick, 128, 1, 36, 0.8);
  pen.end(130, 3.5);
  return recording;
}

}  // namespace

std::vector<Recording> demo_recordings() {
  return {kitchen(), stairs_and_hallway(), rain(), table()};
}

}  // namespace tutti::sound::synth
