# Carries frames between pairs of TAP interfaces: `perl relay.pl 's0 h0 50 1' ...`. What comes out of the first goes
# into the second at once; what comes back waits for the milliseconds given, and is lost with the percentage given.
# Does what the queue discipline netem would, which many kernels lack. Prints `ready`; ends when its standard input does.
use strict;
use warnings;
use Fcntl;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

use constant { TUNSETIFF => 0x400454ca, IFF_TAP => 0x0002, IFF_NO_PI => 0x1000, BATCH => 64, QUEUE => 200_000 };

sub tap {
    my ($name) = @_;
    sysopen(my $tap, '/dev/net/tun', O_RDWR | O_NONBLOCK) or die "/dev/net/tun: $!";
    my $request = pack('a16 S x22', $name, IFF_TAP | IFF_NO_PI);
    ioctl($tap, TUNSETIFF, $request) or die "$name: $!";
    return $tap;
}

my @links = map {
    my ($near, $far, $delay, $loss) = split / /;
    { near => tap($near), far => tap($far), delay => $delay / 1000, loss => $loss / 100, queue => [] };
} @ARGV;
$| = 1;
print "ready\n";

my $watched = '';
vec($watched, fileno(STDIN), 1) = 1;
for my $link (@links) { vec($watched, fileno($link->{$_}), 1) = 1 for qw(near far) }

my $frame;
while (1) {
    my $now = clock_gettime(CLOCK_MONOTONIC);
    my $wait = 1;
    for my $link (@links) {
        my $queue = $link->{queue};
        while (@$queue and $queue->[0][0] <= $now) { syswrite($link->{near}, (shift @$queue)->[1]) }
        if (@$queue and $queue->[0][0] - $now < $wait) { $wait = $queue->[0][0] - $now }
    }
    my $ready = $watched;
    next if select($ready, undef, undef, $wait) <= 0;
    exit if vec($ready, fileno(STDIN), 1) and !sysread(STDIN, $frame, 64);
    for my $link (@links) {
        if (vec($ready, fileno($link->{near}), 1)) {
            for (1 .. BATCH) {
                sysread($link->{near}, $frame, 65_536) or last;
                syswrite($link->{far}, $frame);
            }
        }
        next unless vec($ready, fileno($link->{far}), 1);
        my $due = clock_gettime(CLOCK_MONOTONIC) + $link->{delay};
        for (1 .. BATCH) {
            sysread($link->{far}, $frame, 65_536) or last;
            next if rand() < $link->{loss} or @{ $link->{queue} } >= QUEUE;
            push @{ $link->{queue} }, [$due, $frame];
        }
    }
}
