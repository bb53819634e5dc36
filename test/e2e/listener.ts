/** A command that leaves a process listening at that address, which prints its pid once it does and stays until it is killed. */
export const listenAt = (address: string, port: number): string => {
  const socket = `IO::Socket::INET->new(LocalAddr => "${address}", LocalPort => ${port}, Listen => 9) or exit`
  return `{ perl -MIO::Socket::INET -e 'my $s = ${socket}; $| = 1; print "$$\\n"; close STDOUT; sleep' </dev/null 2>/dev/null & }`
}
