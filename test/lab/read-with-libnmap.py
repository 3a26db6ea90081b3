"""Prints, as JSON, what python-libnmap makes of a report in nmap's XML."""
import json
import sys

from libnmap.parser import NmapParser

report = NmapParser.parse_fromfile(sys.argv[1])
print(json.dumps({
    "hosts": [{
        "address": host.address,
        "mac": host.mac,
        "status": host.status,
        "distance": host.distance,
        "services": [{
            "port": service.port,
            "protocol": service.protocol,
            "state": service.state,
            "reason": service.reason,
            "reason_ttl": service.reason_ttl,
            "banner": service.banner,
            "cpe": [cpe.cpestring for cpe in service.cpelist],
            "scripts": service.scripts_results,
        } for service in sorted(host.services, key=lambda one: one.port)],
        "extraports": host.extraports_state,
    } for host in sorted(report.hosts, key=lambda one: one.address)],
    "up": report.hosts_up,
    "down": report.hosts_down,
    "total": report.hosts_total,
    "scan_type": report.scan_type,
    "numservices": report.numservices,
}, sort_keys=True))
