import { describe, expect, test } from 'vitest';
import { fc } from '../../test/support/properties.ts';
import { clientAddress, isNetwork, limitKey, networks, plainAddress } from './addresses.ts';

const none = networks([]);
const ours = networks(['10.0.0.0/8', '::1', '2001:db8:1::/48']);

describe('who really asks', () => {
  test('without trusted proxies no forwarding header is believed', () => {
    expect(clientAddress('203.0.113.9', '198.51.100.1', none)).toBe('203.0.113.9');
    expect(clientAddress('10.0.0.1', '198.51.100.1', none)).toBe('10.0.0.1');
  });

  test('from a stranger a header is a lie, whatever is trusted', () => {
    expect(clientAddress('203.0.113.9', '10.0.0.1', ours)).toBe('203.0.113.9');
    expect(clientAddress('203.0.113.9', '198.51.100.1, 10.0.0.2', ours)).toBe('203.0.113.9');
  });

  test('the chain is read from the right: our proxies are skipped, what the client wrote is never reached', () => {
    expect(clientAddress('10.0.0.1', '203.0.113.9', ours)).toBe('203.0.113.9');
    expect(clientAddress('10.0.0.1', '127.0.0.1, 1.2.3.4, 203.0.113.9, 10.9.9.9', ours)).toBe('203.0.113.9');
    expect(clientAddress('::1', '6.6.6.6, 2001:db8:2::5, 2001:db8:1::7', ours)).toBe('2001:db8:2::5');
  });

  test('an entry that is no address ends the chain at the last proxy that is known', () => {
    expect(clientAddress('10.0.0.1', 'unknown', ours)).toBe('10.0.0.1');
    expect(clientAddress('10.0.0.1', '203.0.113.9, _hidden, 10.0.0.2', ours)).toBe('10.0.0.2');
    expect(clientAddress('10.0.0.1', '', ours)).toBe('10.0.0.1');
    expect(clientAddress('10.0.0.1', undefined, ours)).toBe('10.0.0.1');
    expect(clientAddress('nonsense', '203.0.113.9', ours)).toBe('unknown');
  });

  test('whatever a client writes to the left of its own address changes nothing', () => {
    fc.assert(
      fc.property(fc.string(), (lie) => {
        expect(clientAddress('10.0.0.1', `${lie}, 203.0.113.9`, ours)).toBe('203.0.113.9');
      }),
    );
  });

  test('one address has one spelling: ports, brackets, zones and IPv4 inside IPv6 are taken off', () => {
    expect(
      ['203.0.113.9:4711', '[2001:DB8::1]:443', '"[2001:db8::1]"', 'fe80::1%eth0', '::ffff:10.0.0.1', ' 1.2.3.4 '].map(
        plainAddress,
      ),
    ).toEqual(['203.0.113.9', '2001:db8::1', '2001:db8::1', 'fe80::1', '10.0.0.1', '1.2.3.4']);
    expect(['', 'host', '1.2.3', '1.2.3.4.5', '::g'].map(plainAddress)).toEqual([null, null, null, null, null]);
  });

  test('networks are checked to the last bit', () => {
    expect(['10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8', '0.0.0.0/0'].every(isNetwork)).toBe(true);
    expect(['10.0.0.0/33', '10.0.0.0/', 'fd00::/129', 'proxy', '10.0.0.0/8/8', '', '10.0.0.0/-1'].some(isNetwork)).toBe(
      false,
    );
  });

  test('an IPv6 user is counted by the network, in whatever spelling', () => {
    expect(limitKey('203.0.113.9')).toBe('203.0.113.9');
    expect(limitKey('2001:db8::1')).toBe(limitKey('2001:0db8:0:0:ffff::2'));
    expect(limitKey('2001:db8:0:1::1')).not.toBe(limitKey('2001:db8::1'));
    expect(limitKey('::1')).toBe('0:0:0:0::/64');
    expect(limitKey('unknown')).toBe('unknown');
  });
});
